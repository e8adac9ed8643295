package coda

import (
	"context"
	"errors"
	"strings"
	"time"
)

type peopleSource struct {
	people  []Person
	refused bool
	until   time.Time
}

func unreadable(err error) bool {
	for _, kind := range []error{ErrForbidden, ErrUnauthorized, ErrScopedToken, ErrGuard, ErrNotFound, ErrGone,
		ErrBadRequest} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

func (d *Directory) ownCells(ctx context.Context, _ string) ([]Person, error) {
	if d.table == "" {
		return nil, nil
	}
	return d.cells(ctx, d.table)
}

func (d *Directory) cells(ctx context.Context, table string) ([]Person, error) {
	s, err := d.c.Schema(ctx, d.doc, table)
	if err != nil {
		if unreadable(err) {
			return nil, nil
		}
		return nil, err
	}
	var columns []string
	for _, col := range s.Columns {
		if col.Format.Type == ColPerson {
			columns = append(columns, col.ID)
		}
	}
	if len(columns) == 0 {
		return nil, nil
	}
	// By columns too: not everybody who shares the account sees all of them.
	return d.read(ctx, "cells\x00"+table+"\x00"+strings.Join(columns, "\x00"), OpListRows, func() ([]Person, error) {
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

func (d *Directory) sharing(ctx context.Context, _ string) ([]Person, error) {
	return d.read(ctx, "sharing", OpListPermissions, func() ([]Person, error) {
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

func (d *Directory) search(ctx context.Context, text string) ([]Person, error) {
	if d.searches++; d.searches > mostSearches {
		return nil, nil
	}
	_, address := nameAndAddress(text)
	if address != "" {
		text = address
	}
	return d.read(ctx, "search\x00"+strings.ToLower(text), OpSearchPrincipals, func() ([]Person, error) {
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

func (d *Directory) owner(ctx context.Context, _ string) ([]Person, error) {
	return d.read(ctx, "owner", OpGetDoc, func() ([]Person, error) {
		doc, err := d.c.GetDoc(ctx, d.doc)
		if err != nil {
			return nil, err
		}
		d.workspace = doc.Workspace.ID
		return []Person{{Name: doc.OwnerName, Email: doc.Owner}}, nil
	})
}

func (d *Directory) members(ctx context.Context, _ string) ([]Person, error) {
	return d.read(ctx, "members", OpGetDoc, func() ([]Person, error) {
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

func (d *Directory) otherCells(ctx context.Context, _ string) ([]Person, error) {
	if !d.listed {
		for t, err := range d.c.ListTables(ctx, d.doc, ListTablesOptions{ListOptions: ListOptions{MaxPages: 1}}) {
			if err != nil {
				if unreadable(err) || errors.Is(err, ErrPageCap) {
					break
				}
				return nil, err
			}
			if t.TableType != TypeView && t.ID != d.table && len(d.others) < peopleTables {
				d.others = append(d.others, t.ID)
			}
		}
		d.listed = true
	}
	var all peopleSet
	for _, table := range d.others {
		people, err := d.cells(ctx, table)
		if err != nil {
			return nil, err
		}
		all.add(people, false)
	}
	return all.people(), nil
}

// nameAndAddress divides "Grace Hopper <grace@example.com>"; of a bare name or address the other is empty.
// foldName makes names equal that differ in case, spacing, accents or order marks.
// peopleSet is people without doubles: one who is known by address once and by name and address elsewhere is one.
// named are those who bear the whole name.
// partly are those among whose names all words of the text are, and those whose address begins with it.
// personText names a person in words that find them again.
