package main

import (
	"github.com/spf13/cobra"

	"github.com/bestviable/coda-gateway/cmd/internal/manpage"
)

func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man",
		Short: "Print the manual page",
		Long: `Print the manual page: the help of all commands, in the format that man reads. Packages install it as coda-gateway.1;
without a package, read it as in the first example.`,
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
	{Name: "Environment", Text: configVariable + ` names the configuration file if --config does not.

OTEL_EXPORTER_OTLP_ENDPOINT and the other OTEL_ variables say where traces go, like tracing.endpoint. SSL_CERT_FILE and
SSL_CERT_DIR name more certificate authorities; HTTPS_PROXY and NO_PROXY set the proxy for outgoing requests.
NOTIFY_SOCKET is set by systemd.`},
	{Name: "Files", Text: `The packaged service reads /etc/coda-gateway/gateway.yaml and is given the secrets in
/etc/coda-gateway/secrets. Its state goes to /var/lib/coda-gateway.`},
	{Name: "Exit status", Text: `0 success, 1 something failed, 2 the command line is wrong.`},
	{Name: "Signals", Text: `SIGTERM stops the gateway once its calls have finished. SIGHUP reloads the configuration. SIGUSR1
reopens the file of audit.to.`},
	{Name: "See also", Text: `coda-gateway schema prints the JSON Schema of the configuration, in which every key is explained.`},
}
