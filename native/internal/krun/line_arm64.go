package krun

const kernelLine = "console=hvc0 root=/dev/vda ro init=/init quiet panic=-1"
