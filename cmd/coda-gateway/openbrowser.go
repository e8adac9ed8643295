package main

import (
	"os/exec"
	"runtime"
	"strings"
)

// openBrowser tries to open a page in the person's browser. Nothing comes of a failure: the page was printed too.
// $BROWSER names another program than the system's.
func openBrowser(page string, env func(string) (string, bool)) {
	var command []string
	set := func(name string) bool { v, _ := env(name); return v != "" }
	switch named, _ := env("BROWSER"); {
	case named != "":
		command = strings.Fields(named)
	case runtime.GOOS == "darwin":
		command = []string{"open"}
	case runtime.GOOS == "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler"}
	case set("DISPLAY") || set("WAYLAND_DISPLAY"):
		command = []string{"xdg-open"}
	default:
		return
	}
	//nolint:gosec // the person's own program; the page is https, or http on a loopback host
	cmd := exec.Command(command[0], append(command[1:], page)...)
	if cmd.Start() == nil {
		go func() { _ = cmd.Wait() }()
	}
}
