package main

import (
	"github.com/spf13/cobra"

	"github.com/bestviable/coda-gateway/cmd/internal/manpage"
)

func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man",
		Short: "Print the manual page",
		Long: `Print the manual page: what the help of all commands says, in the form that man reads. Packages install it as
coda-gateway.1; without one it can be read as in the first example.`,
		Example: `  coda-gateway man | man -l -
  coda-gateway man > /usr/local/share/man/man1/coda-gateway.1`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := manpage.Page{Root: cmd.Root(), Version: readBuild().Version, After: manSections}.WriteTo(a.stdout)
			return err
		},
	}
}

// manSections are what the page says beyond the help of the commands.
var manSections = []manpage.Section{
	{Name: "Environment", Text: configVariable + ` names the configuration file where --config does not.

OTEL_EXPORTER_OTLP_ENDPOINT and the other OTEL_ variables say where traces go, as tracing.endpoint does. SSL_CERT_FILE and
SSL_CERT_DIR name further certificate authorities, HTTPS_PROXY and NO_PROXY the way out. NOTIFY_SOCKET is systemd's.`},
	{Name: "Files", Text: `/etc/coda-gateway/gateway.yaml is what the packaged service reads, and below /etc/coda-gateway/secrets
stand the secrets that it is given. What is remembered goes to /var/lib/coda-gateway.`},
	{Name: "Exit status", Text: `0 fine, 1 something failed, 2 the command line is wrong.`},
	{Name: "Signals", Text: `SIGTERM ends the gateway once its calls have ended. SIGHUP puts the configuration in force as it is
now. SIGUSR1 has the file of audit.to opened again.`},
	{Name: "See also", Text: `coda-gateway schema prints the JSON Schema of the configuration, in which every key is explained.`},
}
