package coda

import (
	"context"
	"errors"
	"strings"
)

// ownCells reads the people in the table that is written to or read.
func (d *Directory) ownCells(ctx context.Context, _ string) error {
	return d.once("own", func() error {
		if d.table == "" {
			return nil
		}
		return d.cells(ctx, d.table)
	})
}

// cells reads the people in a table's person columns.
func (d *Directory) cells(ctx context.Context, table string) error {
	s, err := d.c.Schema(ctx, d.doc, table)
	if err != nil {
		if unreadable(err) {
			return nil
		}
		return err
	}
	var columns []string
	for _, col := range s.Columns {
		if col.Format.Type == ColPerson {
			columns = append(columns, col.ID)
		}
	}
	if len(columns) == 0 {
		return nil
	}
	// By columns too: not everybody who shares the account sees all of them.
	return d.read(ctx, joinKey("cells", table, joinKey(columns...)), OpListRows, false, func() ([]Person, error) {
		var all peopleSet
		rows := 0
		for row, err := range d.c.ListRows(ctx, d.doc, table, ListRowsOptions{}) {
			if err != nil {
				return nil, err
			}
			for _, id := range columns {
				all.add(row.Values[id].People(), false)
			}
			if rows++; rows == peopleRows {
				break
			}
		}
		return all.people(), nil
	})
}

// sharing reads whom the document is shared with by address.
func (d *Directory) sharing(ctx context.Context, _ string) error {
	return d.read(ctx, "sharing", OpListPermissions, false, func() ([]Person, error) {
		var people []Person
		for p, err := range d.c.ListPermissions(ctx, d.doc, ListOptions{MaxPages: 10}) {
			if err != nil && !errors.Is(err, ErrPageCap) {
				return nil, err
			}
			if err == nil && p.Principal.Type == "email" && p.Principal.Email != "" {
				people = append(people, Person{Email: p.Principal.Email})
			}
		}
		return people, nil
	})
}

// search asks Coda for people of that name or address with whom the document can be shared.
func (d *Directory) search(ctx context.Context, text string) error {
	key := joinKey("search", strings.ToLower(text))
	if d.done[key] {
		return nil
	}
	if d.searches++; d.searches > mostSearches {
		return nil
	}
	return d.read(ctx, key, OpSearchPrincipals, true, func() ([]Person, error) {
		found, err := d.c.SearchPrincipals(ctx, d.doc, text)
		if err != nil {
			return nil, err
		}
		var people []Person
		for _, u := range found.Users {
			people = append(people, Person{Name: u.Name, Email: u.LoginID})
		}
		return people, nil
	})
}

// owner is the document's.
func (d *Directory) owner(ctx context.Context, _ string) error {
	return d.read(ctx, "owner", OpGetDoc, false, func() ([]Person, error) {
		doc, err := d.c.GetDoc(ctx, d.doc)
		if err != nil {
			return nil, err
		}
		d.workspace = doc.Workspace.ID
		return []Person{{Name: doc.OwnerName, Email: doc.Owner}}, nil
	})
}

// members reads the members of the document's workspace, which an administrator may.
func (d *Directory) members(ctx context.Context, _ string) error {
	return d.read(ctx, "members", OpGetDoc, true, func() ([]Person, error) {
		if d.workspace == "" {
			doc, err := d.c.GetDoc(ctx, d.doc)
			if err != nil {
				return nil, err
			}
			d.workspace = doc.Workspace.ID
		}
		var people []Person
		for m, err := range d.c.ListWorkspaceMembers(ctx, d.workspace,
			ListMembersOptions{ListOptions: ListOptions{MaxPages: 20}}) {
			if errors.Is(err, ErrPageCap) {
				break
			}
			if err != nil {
				return nil, err
			}
			people = append(people, Person{Name: m.Name, Email: m.Email})
		}
		return people, nil
	})
}

// otherCells reads the person columns of other tables.
func (d *Directory) otherCells(ctx context.Context, _ string) error {
	return d.once("others", func() error {
		if err := d.listOthers(ctx); err != nil {
			return err
		}
		for _, table := range d.others {
			if err := d.cells(ctx, table); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *Directory) listOthers(ctx context.Context) error {
	if d.listed {
		return nil
	}
	for t, err := range d.c.ListTables(ctx, d.doc, ListTablesOptions{ListOptions: ListOptions{MaxPages: 1}}) {
		if err != nil {
			if unreadable(err) || errors.Is(err, ErrPageCap) {
				break
			}
			return err
		}
		if t.TableType != TypeView && t.ID != d.table && len(d.others) < peopleTables {
			d.others = append(d.others, t.ID)
		}
	}
	d.listed = true
	return nil
}
