package main

import (
	"github.com/spf13/cobra"

	"github.com/bestviable/coda-gateway/config"
)

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the configuration file",
		Long: `Print the JSON Schema (draft 2020-12) of the configuration file, with descriptions and defaults. Editors with a YAML
language server complete and check the file when its first line is

  # yaml-language-server: $schema=gateway.schema.json`,
		Example: `  coda-gateway schema > gateway.schema.json`,
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			schema, err := config.JSONSchema()
			if err != nil {
				return err
			}
			_, err = a.stdout.Write(schema)
			return err
		},
	}
}
