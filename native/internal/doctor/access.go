package doctor

// Access is how far a device or an interface of the host can be used.
type Access struct {
	Name   string `json:"name"`
	State  State  `json:"state"`
	Reason string `json:"reason,omitempty"`
}

// State of an access.
type State string

// The states: what is there may be forbidden, and what opens may not work.
const (
	Usable State = "usable"
	Absent State = "absent"
	Denied State = "denied"
	Broken State = "broken"
)
