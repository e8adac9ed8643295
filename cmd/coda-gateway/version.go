package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Release builds set these with -ldflags "-X main.version=v1.2.3 -X main.commit=0123abcd"; other builds read what the
// Go tool stamps.
var (
	version string
	commit  string
)

// buildInfo is what a binary knows of itself.
type buildInfo struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	// Modified tells that the sources differed from the commit.
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func readBuild() buildInfo {
	b := buildInfo{Version: version, Commit: commit, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if ok && b.Version == "" {
		b.Version = info.Main.Version
	}
	if ok && b.Commit == "" {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Commit = s.Value
			case "vcs.modified":
				b.Modified = s.Value == "true"
			}
		}
	}
	if b.Version == "" {
		b.Version = "(devel)"
	}
	if b.Commit == "" {
		b.Commit = "unknown"
	}
	return b
}

// String is one line: name, version, commit, Go version and platform.
func (b buildInfo) String() string {
	commit := b.Commit
	if len(commit) > 12 {
		commit = commit[:12]
	}
	if b.Modified {
		commit += " and changes"
	}
	return fmt.Sprintf("coda-gateway %s, commit %s, %s %s", b.Version, commit, b.Go, b.Platform)
}

func (a *app) versionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print version, commit and Go version",
		Example: `  coda-gateway version
  coda-gateway version --json`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			b := readBuild()
			if !asJSON {
				_, err := fmt.Fprintln(a.stdout, b)
				return err
			}
			return json.NewEncoder(a.stdout).Encode(b)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}
