// Go's channels in the workloads of workload.hpp; the same arguments, the same output. A goroutine has no processor to be pinned to,
// so "apart" means nothing here; co1_ runs with GOMAXPROCS=1.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const parties = 4

func processorSeconds() float64 {
	var used syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + 1e-6*float64(t.Usec) }
	return seconds(used.Utime) + seconds(used.Stime)
}

func share(messages, part, parts int) int { return (messages - part + parts - 1) / parts }

func run(workload string, capacity, messages int) uint64 {
	make4 := func() [4]chan uint64 {
		var c [4]chan uint64
		for n := range c {
			c[n] = make(chan uint64, capacity)
		}
		return c
	}
	c := make4()
	var total uint64
	var lock sync.Mutex
	var all sync.WaitGroup
	start := func(body func() uint64) {
		all.Add(1)
		go func() {
			sum := body()
			lock.Lock()
			total += sum
			lock.Unlock()
			all.Done()
		}()
	}
	sendShare := func(to chan uint64, part, parts int) {
		start(func() uint64 {
			for v := part; v < messages; v += parts {
				to <- uint64(v)
			}
			return 0
		})
	}
	receive := func(from chan uint64, count int) {
		start(func() uint64 {
			sum := uint64(0)
			for ; count > 0; count-- {
				sum += <-from
			}
			return sum
		})
	}
	receiveAny := func(count int) {
		start(func() uint64 {
			sum := uint64(0)
			for ; count > 0; count-- {
				select {
				case v := <-c[0]:
					sum += v
				case v := <-c[1]:
					sum += v
				case v := <-c[2]:
					sum += v
				case v := <-c[3]:
					sum += v
				}
			}
			return sum
		})
	}
	switch workload {
	case "seq":
		for begin := 0; begin < messages; begin += capacity {
			end := begin + capacity
			if end > messages {
				end = messages
			}
			for v := begin; v < end; v++ {
				c[0] <- uint64(v)
			}
			for v := begin; v < end; v++ {
				total += <-c[0]
			}
		}
	case "spsc":
		sendShare(c[0], 0, 1)
		receive(c[0], messages)
	case "mpsc":
		for p := 0; p < parties; p++ {
			sendShare(c[0], p, parties)
		}
		receive(c[0], messages)
	case "mpmc":
		for p := 0; p < parties; p++ {
			sendShare(c[0], p, parties)
			receive(c[0], share(messages, p, parties))
		}
	case "pingpong":
		start(func() uint64 {
			for n := 0; n < messages; n++ {
				c[1] <- <-c[0]
			}
			return 0
		})
		start(func() uint64 {
			sum := uint64(0)
			for n := 0; n < messages; n++ {
				c[0] <- uint64(n)
				sum += <-c[1]
			}
			return sum
		})
	case "select_rx":
		for p := 0; p < parties; p++ {
			sendShare(c[p], p, parties)
		}
		receiveAny(messages)
	case "select_both":
		for p := 0; p < parties; p++ {
			p := p
			start(func() uint64 {
				for v := p; v < messages; v += parties {
					select {
					case c[0] <- uint64(v):
					case c[1] <- uint64(v):
					case c[2] <- uint64(v):
					case c[3] <- uint64(v):
					}
				}
				return 0
			})
			receiveAny(share(messages, p, parties))
		}
	default:
		fmt.Fprintln(os.Stderr, "no such workload here")
		os.Exit(2)
	}
	all.Wait()
	return total
}

func main() {
	workload := os.Args[1]
	capacity, _ := strconv.Atoi(os.Args[2])
	messages, _ := strconv.Atoi(os.Args[3])
	if strings.HasPrefix(workload, "co1_") {
		runtime.GOMAXPROCS(1)
		workload = workload[4:]
	}
	workload = strings.TrimPrefix(workload, "co2_")
	before := processorSeconds()
	begin := time.Now()
	sum := run(workload, capacity, messages)
	passed := time.Since(begin)
	if sum != uint64(messages)*uint64(messages-1)/2 {
		fmt.Fprintln(os.Stderr, "wrong sum")
		os.Exit(1)
	}
	fmt.Printf("%.2f %.6f\n", float64(passed.Nanoseconds())/float64(messages), processorSeconds()-before)
}
