package language

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Status tells about one language on this host.
type Status struct {
	ID, Name  string
	Available bool
	Version   string // first line of what the toolchain prints; "" when absent
	Reason    string // why it is not available
	// Warning is set when the language works, but not as well as it could, for example without its cache.
	Warning string
}

// Offer is what this host can do with the languages of a table. It does not change.
type Offer struct {
	table    *Table
	statuses []Status // one per language of the table, in its order
}

// Table is the table that the offer is about.
func (o *Offer) Table() *Table { return o.table }

// Statuses lists every language of the table, in its order.
func (o *Offer) Statuses() []Status { return slices.Clone(o.statuses) }

// Available lists the IDs of the languages that work.
func (o *Offer) Available() []string {
	var ids []string
	for _, s := range o.statuses {
		if s.Available {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// Version is what the toolchain of l says of itself; "" for scripts.
func (o *Offer) Version(l *Language) string { return o.status(l).Version }

// MissingError is a language that is not offered here. Another worker may have it.
type MissingError struct {
	Language string // as it was asked for, or its ID
	Message  string // what is wrong, and what there is
}

func (e *MissingError) Error() string { return e.Message }

// Choose finds the language called name, by ID or alias. With an empty name, the extensions of the files
// decide. The error says what is wrong and what there is; a *MissingError is for other
// workers.
func (o *Offer) Choose(name string, files []string) (*Language, error) {
	var l *Language
	if name == "" {
		var err error
		if l, err = o.table.byFiles(files); err != nil {
			return nil, err
		}
	} else {
		var ok bool
		if l, ok = o.table.Lookup(name); !ok {
			return nil, &MissingError{name, fmt.Sprintf("unknown language %q; known are %s", name, strings.Join(o.table.IDs(), ", "))}
		}
	}
	if s := o.status(l); !s.Available {
		return nil, &MissingError{l.ID, fmt.Sprintf("language %s is not available on this worker: %s", l.ID, s.Reason)}
	}
	return l, nil
}

// status is that of l; empty for the pseudo-language of scripts, which no table has.
func (o *Offer) status(l *Language) Status {
	if i := slices.Index(o.table.Languages, l); i >= 0 {
		return o.statuses[i]
	}
	return Status{}
}

// byFiles finds the one language that claims the files.
func (t *Table) byFiles(files []string) (*Language, error) {
	var found []*Language
	for _, l := range t.Languages {
		claims := func(name string) bool { return slices.Contains(l.Claims, path.Ext(name)) }
		if slices.ContainsFunc(files, claims) {
			found = append(found, l)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fmt.Errorf("no language is known by the names of these files: %s; name the language",
			listNames(files))
	}
	return nil, fmt.Errorf("the files belong to %s and to %s; name the language", found[0].ID, found[1].ID)
}
