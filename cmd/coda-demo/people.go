package main

import "github.com/bestviable/coda-gateway/cmd/coda-demo/idp"

const (
	scopeRead  = "coda:read"
	scopeWrite = "coda:write"
	roleReader = "reader"
	roleEditor = "editor"
)

// people can sign in. Scopes and roles say the same twice, as in a company: the provider gives nobody a scope that is
// beyond them, and the gateway's access rules name roles, so that bob, who asks to write, is told in words that his
// role does not allow it. Scopes alone would send his client back to the provider for a scope that he can never get.
func people() []idp.Person {
	return []idp.Person{
		{Login: "ada", Name: "Ada", Email: "ada@example.com", About: "reads and writes",
			Roles: []string{roleReader, roleEditor}, Scopes: []string{scopeRead, scopeWrite}},
		{Login: "bob", Name: "Bob", Email: "bob@example.com", About: "reads only", Roles: []string{roleReader},
			Scopes: []string{scopeRead}},
		{Login: "eve", Name: "Eve", Email: "eve@example.com", About: "signs in, and may do nothing"},
	}
}

func logins() []string {
	var names []string
	for _, p := range people() {
		names = append(names, p.Login)
	}
	return names
}

func scopes() []idp.Scope {
	return []idp.Scope{
		{Name: scopeRead, Words: "read your documents, pages and tables"},
		{Name: scopeWrite, Words: "create and change documents, pages and rows"},
	}
}

func scopeNames() []string {
	var names []string
	for _, s := range scopes() {
		names = append(names, s.Name)
	}
	return names
}
