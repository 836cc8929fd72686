package supervisor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"

	agentv1 "sandboxfile/native/gen/menv/agent/v1"
	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
	"sandboxfile/native/internal/link"
)

// placedRoot is what the paths of placed files lie below.
const placedRoot = "/.sandbox"

// replaceFiles gives a guest that goes on from a snapshot the placed files of this start, where they are
// others than those it had then. What runs one of them already goes on with what it has read.
func (m *machine) replaceFiles(ctx context.Context, guest *guest, had []*agentv1.PlacedFile) error {
	ctx, cancel := m.untilAsked(ctx, configureTimeout)
	defer cancel()
	files := agentv1connect.NewFileServiceClient(guest.agent, link.BaseURL, link.CallOptions())
	for _, file := range m.spec.GetGuest().GetFiles() {
		same := slices.ContainsFunc(had, func(old *agentv1.PlacedFile) bool {
			return old.GetPath() == file.GetPath() && bytes.Equal(old.GetContent(), file.GetContent())
		})
		if same {
			continue
		}
		if err := replaceFile(ctx, files, file); err != nil {
			return fmt.Errorf("place %s: %w", file.GetPath(), errors.Join(err, context.Cause(ctx)))
		}
	}
	return nil
}

func replaceFile(ctx context.Context, files agentv1connect.FileServiceClient, file *agentv1.PlacedFile) error {
	name := path.Join(placedRoot, file.GetPath())
	folder := &agentv1.MakeDirRequest{Path: []byte(path.Dir(name)), Parents: true}
	if _, err := files.MakeDir(ctx, folder); err != nil {
		return err
	}
	stream, err := files.Write(ctx)
	if err != nil {
		return err
	}
	header := &agentv1.WriteHeader{Path: []byte(name), Mode: file.GetMode(), Create: true, Overwrite: true}
	err = stream.Send(&agentv1.WriteRequest{Kind: &agentv1.WriteRequest_Header{Header: header}})
	for data := range slices.Chunk(file.GetContent(), link.MaxDataBytes) {
		if err != nil {
			break
		}
		err = stream.Send(&agentv1.WriteRequest{Kind: &agentv1.WriteRequest_Data{Data: data}})
	}
	// A refusal is in the answer, with its reason.
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	_, err = stream.CloseAndReceive()
	return err
}
