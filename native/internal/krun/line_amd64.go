package krun

// kernelLine: the keyboard controller's reset is what the library takes for the end.
const kernelLine = "console=hvc0 root=/dev/vda ro init=/init quiet panic=-1 reboot=k no-kvmapf"
