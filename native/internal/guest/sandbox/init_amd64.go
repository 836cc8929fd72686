package sandbox

const initMachine = 62 // EM_X86_64

func initCode() []byte {
	return []byte{
		0xb8, 13, 0, 0, 0, //                   mov eax, rt_sigaction
		0xbf, 17, 0, 0, 0, //                   mov edi, SIGCHLD
		0x48, 0x8d, 0x35, 0x16, 0, 0, 0, //     lea rsi, [rip + action]
		0x31, 0xd2, //                          xor edx, edx
		0x41, 0xba, 8, 0, 0, 0, //              mov r10d, 8
		0x0f, 0x05, //                          syscall
		0xb8, 34, 0, 0, 0, //             loop: mov eax, pause
		0x0f, 0x05, //                          syscall
		0xeb, 0xf7, //                          jmp loop
		0x0f, 0x1f, 0, //                       (padding)
		1, 0, 0, 0, 0, 0, 0, 0, //      action: SIG_IGN
		0, 0, 0, 0, 0, 0, 0, 0, //              flags
		0, 0, 0, 0, 0, 0, 0, 0, //              restorer
		0, 0, 0, 0, 0, 0, 0, 0, //              mask
	}
}
