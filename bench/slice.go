// What bench/slice.cpp measures, with Go's own slices: nanoseconds per element, best of nine runs.
//
//	go run bench/slice.go
package main

import (
	"fmt"
	"time"
)

var sink []uint64

func best(size int, build func(int)) float64 {
	rounds := 1 + 4_000_000/size
	least := 0.0
	for run := 0; run < 9; run++ {
		begin := time.Now()
		for i := 0; i < rounds; i++ {
			build(size)
		}
		each := float64(time.Since(begin).Nanoseconds()) / float64(rounds*size)
		if run == 0 || each < least {
			least = each
		}
	}
	return least
}

func one(size int) {
	var s []uint64
	for n := 0; n < size; n++ {
		s = append(s, uint64(n))
	}
	sink = s
}

var batch [16]uint64

func batches(size int) {
	var s []uint64
	for n := 0; n < size; n += len(batch) {
		s = append(s, batch[:]...)
	}
	sink = s
}

// How often 10^6 appends allocate: by one more each time, by doubling, by Go's rule (claim M113).
func allocations() (exact, doubling, rule int) {
	const size = 1_000_000
	capacity := 0
	for n := 0; n < size; n++ {
		if n == capacity {
			exact++
			capacity++
		}
	}
	capacity = 0
	for n := 0; n < size; n++ {
		if n == capacity {
			doubling++
			capacity = max(1, 2*capacity)
		}
	}
	var s []uint64
	for n := 0; n < size; n++ {
		if n == cap(s) {
			rule++
		}
		s = append(s, 0)
	}
	return
}

func max(a, b int) int {
	if a > b {
		return a
	}
	return b
}

func main() {
	for _, size := range []int{16, 1024, 65536, 1048576} {
		fmt.Printf("%8d elements: one by one %.2f ns, batches of 16 %.2f ns\n", size, best(size, one), best(size, batches))
	}
	fmt.Println(allocations())
}
