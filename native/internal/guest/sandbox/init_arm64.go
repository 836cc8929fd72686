package sandbox

import "encoding/binary"

const initMachine = 183 // EM_AARCH64

func initCode() []byte {
	instructions := []uint32{
		0xd2800220, //       mov x0, #17 (SIGCHLD)
		0x100001a1, //       adr x1, action
		0xd2800002, //       mov x2, #0
		0xd2800103, //       mov x3, #8
		0xd28010c8, //       mov x8, #134 (rt_sigaction)
		0xd4000001, //       svc #0
		0xd2800000, // loop: mov x0, #0
		0xd2800001, //       mov x1, #0
		0xd2800002, //       mov x2, #0
		0xd2800003, //       mov x3, #0
		0xd2800004, //       mov x4, #0
		0xd2800928, //       mov x8, #73 (ppoll)
		0xd4000001, //       svc #0
		0x17fffff9, //       b loop
	}
	var code []byte
	for _, instruction := range instructions {
		code = binary.LittleEndian.AppendUint32(code, instruction)
	}
	action := make([]byte, 32) // handler, flags, restorer, mask
	action[0] = 1              // SIG_IGN
	return append(code, action...)
}
