package backend

import "golang.org/x/sys/unix"

func hostKernel() string {
	release, _ := unix.Sysctl("kern.osrelease")
	return release
}

func processor() string {
	model, _ := unix.Sysctl("machdep.cpu.brand_string")
	return model
}
