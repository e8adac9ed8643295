package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// percent is a whole number of percent.
type percent int

const maxPercent = 10_000

func (*percent) anyScalar() {}

// UnmarshalText takes a whole number from 10 to 10 000.
func (p *percent) UnmarshalText(text []byte) error {
	v, err := strconv.Atoi(string(text))
	if err != nil || v < 10 || v > maxPercent {
		return fmt.Errorf("%s is not a percentage; write a whole number from 10 to %d, as in 400", quote(string(text)),
			maxPercent)
	}
	*p = percent(v)
	return nil
}

// MarshalText gives the number.
func (p percent) MarshalText() ([]byte, error) { return []byte(strconv.Itoa(int(p))), nil }

// byteSize is a number of bytes.
type byteSize int64

const minByteSize = 32 << 20

func (*byteSize) anyScalar() {}

var byteUnits = []struct {
	name  string
	bytes int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

// UnmarshalText takes a whole number with KiB, MiB or GiB, 32MiB at least.
func (b *byteSize) UnmarshalText(text []byte) error {
	raw := string(text)
	for _, unit := range byteUnits {
		number, found := strings.CutSuffix(raw, unit.name)
		if !found {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/unit.bytes {
			break
		}
		if n*unit.bytes < minByteSize {
			return fmt.Errorf("%s is less than the gateway needs; write 32MiB or more", quote(raw))
		}
		*b = byteSize(n * unit.bytes)
		return nil
	}
	return fmt.Errorf("%s is not a size; write a whole number with KiB, MiB or GiB, as in 256MiB", quote(raw))
}

// MarshalText gives the largest unit that fits.
func (b byteSize) MarshalText() ([]byte, error) {
	for _, unit := range byteUnits {
		if int64(b)%unit.bytes == 0 {
			return []byte(strconv.FormatInt(int64(b)/unit.bytes, 10) + unit.name), nil
		}
	}
	return nil, fmt.Errorf("config: %d bytes are no whole number of KiB", b)
}
