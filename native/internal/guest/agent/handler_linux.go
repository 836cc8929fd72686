package agent

import (
	"net/http"

	"connectrpc.com/connect"

	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
	"sandboxfile/native/internal/guest/dial"
	"sandboxfile/native/internal/guest/export"
	"sandboxfile/native/internal/guest/files"
	"sandboxfile/native/internal/guest/hangup"
	"sandboxfile/native/internal/guest/listening"
	"sandboxfile/native/internal/guest/program"
	"sandboxfile/native/internal/guest/stats"
	"sandboxfile/native/internal/link"
)

// Handler serves all of menv.agent.v1.
func (a *Agent) Handler() http.Handler {
	options := connect.WithHandlerOptions(
		connect.WithReadMaxBytes(link.MaxMessageBytes),
		connect.WithSendMaxBytes(link.MaxMessageBytes),
		// Compression would cost the emulated guest far more than the bytes it saves.
		connect.WithCompression("gzip", nil, nil),
	)
	mux := http.NewServeMux()
	mux.Handle(agentv1connect.NewAgentServiceHandler(a, options))
	mux.Handle(agentv1connect.NewProcessServiceHandler(program.NewService(a.Programs), options))
	mux.Handle(agentv1connect.NewFileServiceHandler(files.NewService(a.Tree), options))
	mux.Handle(agentv1connect.NewDialServiceHandler(dial.NewService(a.Tree), options))
	mux.Handle(agentv1connect.NewStatsServiceHandler(stats.NewService(a.Tree), options))
	mux.Handle(agentv1connect.NewExportServiceHandler(export.NewService(a.Running), options))
	mux.Handle(agentv1connect.NewPortServiceHandler(listening.NewService(), options))
	return hangup.Handler(mux)
}
