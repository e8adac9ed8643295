package token_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

func Example() {
	id, err := tokentest.Start(tokentest.Options{Algorithms: []string{"ES256"}})
	if err != nil {
		panic(err)
	}
	defer id.Close()

	issuer, err := token.Preset("generic")
	if err != nil {
		panic(err)
	}
	issuer.URL = id.URL
	v, err := token.New(token.Config{Resource: "https://mcp.example.com/mcp", Issuers: []token.Issuer{issuer}})
	if err != nil {
		panic(err)
	}

	p, err := v.Verify(context.Background(), id.Token("https://mcp.example.com/mcp"))
	fmt.Println(p.Subject, p.Scopes, err)

	_, err = v.Verify(context.Background(), id.Token("https://other.example.com"))
	var refused *token.Error
	fmt.Println(errors.As(err, &refused), refused.Reason, refused.Unavailable())
	// Output:
	// ada [coda:read coda:write] <nil>
	// true audience false
}
