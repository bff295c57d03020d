package wasock

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"

	witRuntime "go.bytecodealliance.org/pkg/wit/runtime"
)

const (
	// leastGarbage is how much the heap grows at least until it is collected.
	leastGarbage = 4 << 20
	// mostMemory is where Go collects by itself, in a stage that does not wait for events.
	mostMemory = 128 << 20
)

var (
	heap      = []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	collectAt uint64
)

// Go would begin to collect while the host writes a result into its memory, too, when nothing of the host may be called.
// But it asks for the time then, and the guest traps: https://github.com/bytecodealliance/wasmtime/issues/14318.
func init() {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(mostMemory)
	collectAt = heapSize() + leastGarbage
}

func heapSize() uint64 {
	metrics.Read(heap)
	return heap[0].Value.Uint64()
}

// collect frees what nobody needs, if that may be as much as is needed.
func collect() {
	if heapSize() < collectAt {
		return
	}
	// The bindings keep what the host has written until the stage ends.
	witRuntime.Unpin()
	runtime.GC()
	left := heapSize()
	collectAt = left + max(left, leastGarbage)
}
