package backend

// Hypervisor.framework has no file.
const device = ""
