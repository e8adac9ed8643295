package main

import (
	"cmp"
	"fmt"
	"os"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/audit"
)

// places warns of files that a gateway which this user starts could not use. The gateway's own user may be another one,
// so that these are no problems.
func places(file string, cfg *config.Config) (warnings []config.Warning) {
	if err := audit.Try(string(cfg.Audit.To)); err != nil {
		who := "this user"
		if os.Geteuid() == 0 {
			who = "even root"
		}
		warnings = append(warnings, config.Warning{File: file, Path: "audit.to", Message: fmt.Sprintf(
			"%v (tried as %s); the gateway will not start unless its own user can write there", err, who)})
	}
	return warnings
}

// checkedFile is the file that was checked.
func (a *app) checkedFile() string {
	path, err := a.configPath()
	if err != nil {
		return "configuration"
	}
	return cmp.Or(path, "configuration")
}
