// Go's sync.Map as a peer of bench/sync_map.cpp, which starts this program for each round of a cell:
//
//	sync_map WRITES ONLY_NEW HOT DISJOINT KEYS THREADS
//
// The same keys, drawn by the same generator; it prints the nanoseconds an operation takes, of all goroutines together. Keys and
// values are uint64 in interfaces, as they are for whoever uses it, and the collector runs when it wants.
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

var checksum uint64

func next(state *uint64) uint64 {
	*state ^= *state << 13
	*state ^= *state >> 7
	*state ^= *state << 17
	return *state
}

func spread(number uint64) uint64 { return number*0xff51afd7ed558ccd + 1 }

func number(at int) uint64 {
	read, err := strconv.ParseUint(os.Args[at], 10, 64)
	if err != nil {
		fmt.Fprintln(os.Stderr, "sync_map:", err)
		os.Exit(2)
	}
	return read
}

func main() {
	if len(os.Args) != 7 {
		fmt.Fprintln(os.Stderr, "usage: sync_map WRITES ONLY_NEW HOT DISJOINT KEYS THREADS")
		os.Exit(2)
	}
	writes, onlyNew, hot, disjoint := number(1), number(2) != 0, number(3) != 0, number(4) != 0
	keys, threads := number(5), number(6)
	var m sync.Map
	operations := uint64(400000)
	if onlyNew {
		operations = keys/threads + 1
	} else {
		for key := uint64(0); key < keys; key++ {
			m.Store(spread(key), key)
		}
	}
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for thread := uint64(0); thread < threads; thread++ {
		ready.Add(1)
		done.Add(1)
		go func(thread uint64) {
			defer done.Done()
			state, sum := 88172645463325252+thread*7919, uint64(0)
			own := keys / threads
			ready.Done()
			<-start
			for i := uint64(0); i < operations; i++ {
				random := next(&state)
				if onlyNew {
					m.Store(spread(i*threads+thread), random)
					continue
				}
				key := (random >> 20) % keys
				if disjoint {
					key = key%own + own*thread
				}
				if hot && random&1 != 0 {
					key = 0
				}
				key = spread(key)
				if (random>>8&1023)*100/1024 >= writes {
					if value, found := m.Load(key); found {
						sum += value.(uint64)
					}
				} else if random>>19&1 != 0 {
					m.Store(key, random)
				} else {
					m.Delete(key)
				}
			}
			atomic.AddUint64(&checksum, sum)
		}(thread)
	}
	ready.Wait()
	begun := time.Now()
	close(start)
	done.Wait()
	fmt.Println(float64(time.Since(begun).Nanoseconds()) / float64(operations) / float64(threads))
}
