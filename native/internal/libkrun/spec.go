package libkrun

// Calls are what the helper uses of the library.
var Calls = []string{
	"krun_init_log", "krun_create_ctx", "krun_set_vm_config", "krun_set_kernel",
	"krun_disable_implicit_console", "krun_disable_implicit_vsock", "krun_add_disk3",
	"krun_add_virtio_console_multiport", "krun_add_console_port_tty", "krun_add_console_port_inout",
	"krun_add_net_unixgram", "krun_start_enter",
}

// Spec is what the helper is told on its stdin, as one line of JSON. Its stdin stays open as long as
// the VM is to live: at its end the helper dies. Descriptors are the helper's.
type Spec struct {
	Library    string `json:"library"`
	CPUs       uint32 `json:"cpus"`
	MemoryMiB  uint32 `json:"memoryMiB"`
	Kernel     string `json:"kernel"`
	KernelLine string `json:"kernelLine"`
	Disks      []Disk `json:"disks"`   // vda, vdb, …
	Console    int    `json:"console"` // a terminal, for the kernel's console
	Ports      []Port `json:"ports"`
	Net        *Net   `json:"net,omitempty"`
	LogLevel   uint32 `json:"logLevel"` // of the library, on stderr: 1 errors, 5 everything
}

// Disk is a raw image.
type Disk struct {
	Name     string `json:"name"`
	Path     string `json:"path"`
	ReadOnly bool   `json:"readOnly"`
}

// Port is a stream to the guest under a name.
type Port struct {
	Name string `json:"name"`
	FD   int    `json:"fd"`
}

// Net is a network card; each datagram of the socket is a frame.
type Net struct {
	FD  int    `json:"fd"`
	MAC string `json:"mac"`
}

// Report is what the helper answers on its stdout, one line of JSON each: that all calls have
// succeeded and the VM is being entered, or what has failed.
type Report struct {
	Entering bool     `json:"entering,omitempty"`
	Failure  *Failure `json:"failure,omitempty"`
}

// Failure is an Error as it travels.
type Failure struct {
	Kind    Kind   `json:"kind"`
	Subject string `json:"subject"`
	Cause   string `json:"cause"`
}
