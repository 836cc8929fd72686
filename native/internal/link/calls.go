package link

import (
	"connectrpc.com/connect"
	"sandboxfile/native/gen/menv/agent/v1/agentv1connect"
)

// CallOptions are those of whoever calls the agent. Compression costs the guest more than the bytes it saves.
func CallOptions() connect.ClientOption {
	return connect.WithClientOptions(connect.WithReadMaxBytes(MaxMessageBytes), connect.WithAcceptCompression("gzip", nil, nil))
}

// Agent is the guest's own service.
func (c *Client) Agent() agentv1connect.AgentServiceClient {
	return agentv1connect.NewAgentServiceClient(c, BaseURL, CallOptions())
}

// Programs is the guest's service of programs.
func (c *Client) Programs() agentv1connect.ProcessServiceClient {
	return agentv1connect.NewProcessServiceClient(c, BaseURL, CallOptions())
}
