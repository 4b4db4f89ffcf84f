package webui

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"

	"yingda/desk"
)

// Every settings document keeps all its versions: they are the facts about its changes.

// VersionIn names one version; exported, for huma fills embedded fields only then.
type VersionIn struct {
	ByID
	N int64 `path:"n" minimum:"1"`
}

type restoreIn struct {
	VersionIn
	Body Restore
}

// versionOps are the operations on the versions of one kind of document.
func versionOps[T any](s *Server, d docs[T], role desk.Role, base, name string) {
	add(s, op{role, http.MethodGet, base + "/{id}/versions", "list" + name + "Versions", "Its versions, newest first: who, when and the document"}, d.versions)
	add(s, op{role, http.MethodGet, base + "/{id}/versions/{n}", "get" + name + "Version", "One version"}, d.version)
	add(s, op{role, http.MethodPost, base + "/{id}/versions/{n}/restore", "restore" + name + "Version", "Put an old version in force as a new one, through the same checks"}, d.restore)
}

func (d docs[T]) versions(ctx context.Context, in *historyIn) (*out[Page[DocVersion[T]]], error) {
	now, err := d.present(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	var before int64
	if err := d.s.sign.open("versions", in.Cursor, &before); err != nil {
		return nil, err
	}
	found, err := d.s.Papers.SubjectEvents(ctx, d.kind.Subject(in.ID), before, in.Limit)
	if err != nil {
		return nil, err
	}
	page := Page[DocVersion[T]]{Items: []DocVersion[T]{}}
	for _, e := range found {
		if v, ok := d.versionOf(e, now); ok {
			page.Items = append(page.Items, v)
		}
	}
	if len(found) == in.Limit {
		page.Next = d.s.sign.seal("versions", found[len(found)-1].Seq)
	}
	return &out[Page[DocVersion[T]]]{page}, nil
}

// present is the version of a document in force: 0 when it was deleted, or is only in the facts.
func (d docs[T]) present(ctx context.Context, id string) (int64, error) {
	if err := d.mayID(ctx, id); err != nil {
		return 0, err
	}
	set, err := d.s.Papers.Setting(ctx, d.kind, id)
	switch {
	case err == nil && !set.Deleted:
		return set.Version, nil
	case err == nil || errors.Is(err, desk.ErrNotFound):
		known, err := d.s.Papers.SubjectEvents(ctx, d.kind.Subject(id), 0, 1)
		if err == nil && len(known) == 0 {
			err = notYours()
		}
		return 0, err
	}
	return 0, err
}

// versionOf reads a version out of its fact. One that does not read any more is left out.
func (d docs[T]) versionOf(e desk.Event, now int64) (DocVersion[T], bool) {
	f, ok := e.Fact.(desk.SettingChanged)
	if !ok {
		return DocVersion[T]{}, false
	}
	v := DocVersion[T]{Version: f.Version, At: at(e.At), By: who(d.s.Dir(), e.Actor), Deleted: f.Deleted, Current: f.Version == now}
	text := f.After
	if text == "" {
		text = f.Before
	}
	if json.Unmarshal([]byte(text), &v.Doc) != nil {
		return v, false
	}
	fill(reflect.ValueOf(&v.Doc).Elem())
	return v, true
}

// versionPage is how many facts about a document are read at once.
const versionPage = 100

func (d docs[T]) find(ctx context.Context, in *VersionIn) (DocVersion[T], error) {
	now, err := d.present(ctx, in.ID)
	if err != nil {
		return DocVersion[T]{}, err
	}
	for before := int64(0); ; {
		found, err := d.s.Papers.SubjectEvents(ctx, d.kind.Subject(in.ID), before, versionPage)
		if err != nil {
			return DocVersion[T]{}, err
		}
		for _, e := range found {
			if v, ok := d.versionOf(e, now); ok && v.Version == in.N {
				return v, nil
			}
			before = e.Seq
		}
		if len(found) < versionPage {
			return DocVersion[T]{}, notYours()
		}
	}
}

func (d docs[T]) version(ctx context.Context, in *VersionIn) (*out[DocVersion[T]], error) {
	v, err := d.find(ctx, in)
	return &out[DocVersion[T]]{v}, err
}

func (d docs[T]) restore(ctx context.Context, in *restoreIn) (*out[SettingOf[T]], error) {
	v, err := d.find(ctx, &in.VersionIn)
	if err != nil {
		return nil, err
	}
	return d.put(ctx, &saveIn[T]{ByID: in.ByID, Body: SaveOf[T]{Version: in.Body.Version, Doc: v.Doc}})
}
