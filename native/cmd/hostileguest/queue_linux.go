package main

import (
	"encoding/binary"
	"math/rand/v2"
	"sync/atomic"
	"unsafe"
)

// Registers of a virtio-mmio device, of the legacy layout and of the modern one.
const (
	driverFeatures       = 0x020
	driverFeaturesSelect = 0x024
	guestPageSize        = 0x028
	queueSelect          = 0x030
	queueSize            = 0x038
	queueAlign           = 0x03c
	queueFrame           = 0x040
	queueReady           = 0x044
	queueNotify          = 0x050
	status               = 0x070
	queueDescriptors     = 0x080
	queueAvailable       = 0x090
	queueUsed            = 0x0a0

	driverOK = 1 | 2 | 8 | 4 // acknowledged, driver, features, go
	pageSize = 4096
	// descriptorBytes: address, length, flags, next.
	descriptorBytes = 16
)

// setUp does what a driver would, as far as the order goes, and has the device work through a queue of
// descriptors that point anywhere, overlap and go round in circles.
func setUp(random *rand.Rand, device, pages []byte, frames []uint64) {
	if random.IntN(2) == 0 {
		store(device, status, 0)
	}
	store(device, status, 1|2)
	store(device, driverFeaturesSelect, uint32(random.IntN(3)))
	store(device, driverFeatures, random.Uint32())
	store(device, guestPageSize, pageSize)
	for queue := range uint32(2 + random.IntN(6)) {
		fill(random, pages, frames)
		page := random.IntN(len(frames) - 2)
		store(device, queueSelect, queue)
		store(device, queueSize, size(random))
		store(device, queueAlign, pageSize)
		store(device, queueFrame, uint32(frames[page]))
		for i, register := range []int{queueDescriptors, queueAvailable, queueUsed} {
			place := frames[page+i] * pageSize
			store(device, register, uint32(place))
			store(device, register+4, uint32(place>>32))
		}
		store(device, queueReady, 1)
	}
	store(device, status, driverOK)
	for range 1 + random.IntN(8) {
		store(device, queueNotify, uint32(random.IntN(8)))
	}
}

func size(random *rand.Rand) uint32 {
	if random.IntN(4) == 0 {
		return random.Uint32()
	}
	return 1 << random.IntN(11)
}

// fill makes every page look like descriptors, and like rings whose indexes have run far ahead.
func fill(random *rand.Rand, pages []byte, frames []uint64) {
	for at := 0; at+descriptorBytes <= len(pages); at += descriptorBytes {
		descriptor := pages[at : at+descriptorBytes]
		binary.LittleEndian.PutUint64(descriptor, place(random, frames))
		binary.LittleEndian.PutUint32(descriptor[8:], value(random, frames))
		binary.LittleEndian.PutUint16(descriptor[12:], uint16(random.IntN(8)))
		binary.LittleEndian.PutUint16(descriptor[14:], uint16(random.IntN(512)))
	}
}

func place(random *rand.Rand, frames []uint64) uint64 {
	switch random.IntN(4) {
	case 0:
		return random.Uint64()
	case 1: // a device's own registers
		return registers + uint64(random.IntN(devices*deviceBytes))
	}
	return frames[random.IntN(len(frames))]*pageSize + uint64(random.IntN(pageSize))
}

func value(random *rand.Rand, frames []uint64) uint32 {
	switch random.IntN(5) {
	case 0:
		return 0
	case 1:
		return ^uint32(0)
	case 2:
		return uint32(frames[random.IntN(len(frames))])
	case 3:
		return uint32(random.IntN(256))
	}
	return random.Uint32()
}

// write is of a random width, which only the whole one is meant for.
func write(random *rand.Rand, device []byte, register int, value uint32) {
	switch random.IntN(8) {
	case 0:
		device[register] = byte(value)
	case 1:
		*(*uint16)(unsafe.Pointer(&device[register])) = uint16(value)
	default:
		store(device, register, value)
	}
}

func store(device []byte, register int, value uint32) {
	atomic.StoreUint32((*uint32)(unsafe.Pointer(&device[register])), value)
}
