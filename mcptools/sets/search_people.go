package sets

import (
	"context"
	"fmt"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func searchPeopleTool() kit.Spec {
	return kit.Tool(kit.Spec{
		Name: "coda_search_people", Title: "Find people to share with", Group: kit.GroupRead, Set: setSharing,
		Description: "Find people and groups that a doc can be shared with, at most 20 of each. Use it to learn the " +
			"e-mail address or group id for coda_share_doc.",
	}, searchPeople)
}

type searchPeopleInput struct {
	kit.InDoc
	Query string `json:"query" required:"true" doc:"Part of a name or address"`
}

type peopleFound struct {
	People []personFound `json:"people"`
	Groups []groupFound  `json:"groups"`
}

type personFound struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

type groupFound struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func searchPeople(ctx context.Context, c *kit.Call, in searchPeopleInput) (*kit.Answer, error) {
	if strings.TrimSpace(in.Query) == "" {
		return nil, kit.Complain(`Argument "query" is empty. Coda finds nobody without a part of a name or address.`)
	}
	doc, err := c.DocID(ctx, in.Doc)
	if err != nil {
		return nil, err
	}
	found, err := c.Coda.SearchPrincipals(ctx, doc, in.Query)
	if err != nil {
		return nil, err
	}
	p := peopleFound{People: []personFound{}, Groups: []groupFound{}}
	var b strings.Builder
	for _, u := range found.Users {
		p.People = append(p.People, personFound{u.Name, u.LoginID})
		fmt.Fprintf(&b, "- %s, %s\n", kit.OneLine(u.Name), kit.OneLine(u.LoginID))
	}
	for _, g := range found.Groups {
		p.Groups = append(p.Groups, groupFound{g.GroupID, g.GroupName})
		fmt.Fprintf(&b, "- group %s (%s)\n", kit.OneLine(g.GroupName), g.GroupID)
	}
	text := kit.MarkedList(b.String())
	if text == "" {
		text = near.Sprintf(
			"Nobody's name or address contains %q. A doc can still be shared with a full e-mail address.\n",
			kit.Clip(kit.OneLine(in.Query), 80),
		)
	}
	return &kit.Answer{Text: text}, nil
}
