package backend

const device = "/dev/kvm"
