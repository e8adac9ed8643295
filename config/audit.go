package config

import (
	"fmt"
	"path/filepath"
)

type auditFile struct {
	To       auditSink `key:"to" default:"\"\"" flags:"empty" example:"/var/log/coda-gateway/audit.log" doc:"Where the record of who did what goes, one line of JSON per call, in addition to the access log, which has the same: \"\" = nowhere else; stdout; or the absolute path of a file, which is created with mode 0600 and appended to. If the file is renamed, a new one is created within a second, or immediately on SIGUSR1 or SIGHUP."`
	Required bool      `key:"required" default:"false" example:"true" doc:"Run a call that changes something only after a line about it has been written to the file and flushed; if that fails, the call is refused. Requires a file in to."`
}

// auditSink is empty, stdout, or the absolute path of a file.
type auditSink string

// auditStdout is written for standard output.
const auditStdout = "stdout"

// UnmarshalText takes stdout or an absolute path.
func (s *auditSink) UnmarshalText(text []byte) error {
	switch raw := string(text); {
	case raw == "", raw == auditStdout:
		*s = auditSink(raw)
	case raw == "stderr":
		return fmt.Errorf("stderr is the log, which has the same record; write \"\" for the log alone, stdout, or the " +
			"absolute path of a file")
	case !filepath.IsAbs(raw):
		return fmt.Errorf("%s is neither stdout nor an absolute path; write a path that begins with /, or \"\" for the "+
			"access log alone",
			quote(raw))
	default:
		*s = auditSink(filepath.Clean(raw))
	}
	return nil
}

// MarshalText gives the cleaned path.
func (s auditSink) MarshalText() ([]byte, error) { return []byte(s), nil }

// audit refuses what could not be kept.
func (d *decoder) audit(f auditFile) {
	if f.Required && f.To == "" && d.clean("audit.to", "audit.required") {
		d.problem("audit.required", "is true, but audit.to is empty, and the access log cannot be flushed; set audit.to "+
			"to the absolute path of a file, or to stdout")
	}
}

func (auditSink) pattern() string { return `^stdout$|^/` }
