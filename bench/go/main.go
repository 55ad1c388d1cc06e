// Go's own map as a peer of the grid: the workloads of bench/grid/programs.hpp on the same keys, and its protocol.
//
// The grid starts this program as it starts its other workers: a line of JSON that introduces it, then one answer for each
// line of request (bench/grid/protocol.hpp). Each pass runs in a process of its own, as theirs do. The keys are
// made by the same formulas, the random order by the same generator, so that the checksums agree with those of the
// other maps: the grid stops when they do not.
//
// What is Go's is measured as Go has it: the garbage collector runs when it wants, a copy is a loop, and deleting
// during a range loop is allowed. Bytes and the time in the allocator are not measured: the collector decides
// when memory is free.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"sort"
	"time"
)

const (
	passThroughput = 0
	passLatency    = 1
)

// The order of enum work in bench/grid/plan.hpp.
var workNames = []string{"insert", "hit", "miss", "iterate", "churn", "erase", "insert_reserved", "replace",
	"erase_missing", "find_half", "random_insert", "copy", "copy_by_loop", "count", "insert_or_erase",
	"erase_in_loop", "find_after_erase"}

const (
	insert = iota
	hit
	miss
	iterate
	churn
	erase
	insertReserved
	replace
	eraseMissing
	findHalf
	randomInsert
	copyWhole
	copyByLoop
	count
	insertOrErase
	eraseInLoop
	findAfterErase
	workCount
)

// The order of enum key_kind.
const (
	u64random = iota
	u64sequential
	pointer
	string12
	string60
)

type request struct {
	Pass       int    `json:"pass"`
	Keys       int    `json:"keys"`
	ValueBytes int    `json:"value_bytes"`
	Size       int    `json:"size"`
	Works      uint64 `json:"works"`
	Repeat     int    `json:"repeat"`
}

// ---- keys (bench/grid/keys.hpp) ----

func scattered(number uint64) uint64 {
	number += 0x9E3779B97F4A7C15
	number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9
	number = (number ^ (number >> 27)) * 0x94D049BB133111EB
	return number ^ (number >> 31)
}

// The generator that C++ calls mt19937_64, by its published definition.
type twister struct {
	state [312]uint64
	next  int
}

func newTwister(seed uint64) *twister {
	t := &twister{next: 312}
	t.state[0] = seed
	for i := 1; i < 312; i++ {
		before := t.state[i-1]
		t.state[i] = 6364136223846793005*(before^(before>>62)) + uint64(i)
	}
	return t
}

func (t *twister) draw() uint64 {
	if t.next == 312 {
		for i := range t.state {
			bits := t.state[i]&0xFFFFFFFF80000000 | t.state[(i+1)%312]&0x7FFFFFFF
			next := t.state[(i+156)%312] ^ bits>>1
			if bits&1 != 0 {
				next ^= 0xB5026F5AA96619E9
			}
			t.state[i] = next
		}
		t.next = 0
	}
	x := t.state[t.next]
	t.next++
	x ^= x >> 29 & 0x5555555555555555
	x ^= x << 17 & 0x71D67FFFEDA60000
	x ^= x << 37 & 0xFFF7EEE000000000
	return x ^ x>>43
}

type keySet[K comparable] struct {
	present, shuffled, absent []K
	draws                     []uint32
}

func makeKeySet[K comparable](size int, makeKey func(uint64) K) *keySet[K] {
	keys := &keySet[K]{}
	for i := 0; i < size; i++ {
		keys.present = append(keys.present, makeKey(uint64(i)))
		keys.absent = append(keys.absent, makeKey(uint64(size+i)))
	}
	random := newTwister(uint64(size))
	order := make([]int, size)
	for i := range order {
		order[i] = i
	}
	for i := size; i > 1; i-- {
		j := int(random.draw() % uint64(i))
		order[i-1], order[j] = order[j], order[i-1]
	}
	for _, place := range order {
		keys.shuffled = append(keys.shuffled, keys.present[place])
	}
	for i := 0; i < size; i++ {
		keys.draws = append(keys.draws, uint32(random.draw()%uint64(size/4+1)))
	}
	return keys
}

func numberKey(kind int) func(uint64) uint64 {
	if kind == u64sequential {
		return func(i uint64) uint64 { return i }
	}
	return scattered
}

func textKey(kind int) func(uint64) string {
	length := 12
	if kind == string60 {
		length = 60
	}
	return func(i uint64) string {
		text := make([]byte, length)
		for place := range text {
			text[place] = 'k'
		}
		number := scattered(i)
		for place := length - 12; place < length; place++ {
			text[place] = "abcdefghijklmnopqrstuvwxyz012345"[number&31]
			number >>= 5
		}
		return string(text)
	}
}

// ---- the workloads (bench/grid/programs.hpp) ----

type payload interface{ [1]uint64 | [7]uint64 }

func payloadOf[V payload](number uint64) V {
	var value V
	for i := 0; i < len(value); i++ {
		value[i] = number
	}
	return value
}

type workTime struct {
	elapsed    time.Duration
	operations uint64
	checksum   uint64
}

type programs[K comparable, V payload] struct {
	keys  *keySet[K]
	works uint64
	size  int
	maps  int
	times [workCount]workTime
}

func (p *programs[K, V]) wanted(work int) bool { return p.works>>work&1 != 0 }

func (p *programs[K, V]) charge(work int, timed func() uint64) {
	begin := time.Now()
	checksum := timed()
	elapsed := time.Since(begin)
	t := &p.times[work]
	t.elapsed += elapsed
	t.operations += uint64(p.size * p.maps)
	t.checksum += checksum
}

func (p *programs[K, V]) time(work int, maps []map[K]V, timed func(at int) uint64) {
	if !p.wanted(work) {
		return
	}
	p.charge(work, func() uint64 {
		sum := uint64(0)
		for at := range maps {
			sum += timed(at)
		}
		return sum
	})
}

func (p *programs[K, V]) emptyMaps() []map[K]V {
	maps := make([]map[K]V, p.maps)
	for i := range maps {
		maps[i] = map[K]V{}
	}
	return maps
}

func (p *programs[K, V]) fill(m map[K]V) uint64 {
	for i, key := range p.keys.present {
		m[key] = payloadOf[V](uint64(i))
	}
	return uint64(len(m))
}

func (p *programs[K, V]) filledMaps() []map[K]V {
	maps := p.emptyMaps()
	for _, m := range maps {
		p.fill(m)
	}
	return maps
}

func (p *programs[K, V]) lookUp(m map[K]V, keys []K) uint64 {
	sum := uint64(0)
	for _, key := range keys {
		if value, found := m[key]; found {
			sum += value[0]
		}
	}
	return sum
}

// How many of the keys were there: delete does not say.
func eraseAll[K comparable, V payload](m map[K]V, keys []K) uint64 {
	before := len(m)
	for _, key := range keys {
		delete(m, key)
	}
	return uint64(before - len(m))
}

func (p *programs[K, V]) liveThrough() {
	keys := p.keys
	maps := p.emptyMaps()
	if p.wanted(insert) {
		p.time(insert, maps, func(at int) uint64 { return p.fill(maps[at]) })
	} else {
		maps = p.filledMaps()
	}
	p.time(hit, maps, func(at int) uint64 { return p.lookUp(maps[at], keys.shuffled) })
	p.time(miss, maps, func(at int) uint64 { return p.lookUp(maps[at], keys.absent) })
	p.time(findHalf, maps, func(at int) uint64 {
		sum := uint64(0)
		for i := 0; i < p.size; i++ {
			key := keys.shuffled[i]
			if i%2 != 0 {
				key = keys.absent[i]
			}
			if value, found := maps[at][key]; found {
				sum += value[0]
			}
		}
		return sum
	})
	p.time(replace, maps, func(at int) uint64 { return p.fill(maps[at]) })
	p.time(iterate, maps, func(at int) uint64 {
		sum := uint64(0)
		for _, value := range maps[at] {
			sum += value[0]
		}
		return sum
	})
	p.time(eraseMissing, maps, func(at int) uint64 { return eraseAll(maps[at], keys.absent) })
	p.time(copyWhole, maps, func(at int) uint64 {
		copied := make(map[K]V, len(maps[at]))
		for key, value := range maps[at] {
			copied[key] = value
		}
		return uint64(len(copied))
	})
	p.time(copyByLoop, maps, func(at int) uint64 {
		copied := map[K]V{}
		for key, value := range maps[at] {
			copied[key] = value
		}
		return uint64(len(copied))
	})
	p.time(erase, maps, func(at int) uint64 { return eraseAll(maps[at], keys.shuffled) })
	if !p.wanted(eraseInLoop) && !p.wanted(findAfterErase) {
		return
	}
	halves := p.filledMaps()
	p.charge(eraseInLoop, func() uint64 {
		sum := uint64(0)
		for _, m := range halves {
			for key, value := range m {
				if value[0]%2 == 1 {
					delete(m, key)
				}
			}
			sum += uint64(len(m))
		}
		return sum
	})
	p.time(findAfterErase, halves, func(at int) uint64 { return p.lookUp(halves[at], keys.shuffled) })
}

func (p *programs[K, V]) run() {
	keys := p.keys
	p.maps = 1
	if p.size < 4000 {
		p.maps = 4000 / p.size
	}
	repeats := 400000 / (p.size * p.maps)
	if repeats < 1 {
		repeats = 1
	}
	life := uint64(0)
	for _, work := range []int{insert, hit, miss, iterate, erase, replace, eraseMissing, findHalf, copyWhole,
		copyByLoop, eraseInLoop, findAfterErase} {
		life |= 1 << work
	}
	for ; repeats > 0; repeats-- {
		if p.works&life != 0 {
			p.liveThrough()
		}
		if p.wanted(churn) {
			maps := p.filledMaps()
			p.time(churn, maps, func(at int) uint64 {
				m, erased := maps[at], 0
				for i := 0; i < p.size; i++ {
					before := len(m)
					delete(m, keys.shuffled[i])
					erased += before - len(m)
					m[keys.absent[i]] = payloadOf[V](uint64(i))
				}
				return uint64(erased + len(m))
			})
		}
		if p.wanted(insertReserved) {
			maps := p.emptyMaps()
			p.time(insertReserved, maps, func(at int) uint64 { return p.fill(make(map[K]V, p.size)) })
		}
		if p.wanted(randomInsert) {
			maps := p.filledMaps()
			drawn := func(random uint64) K {
				place := int(random >> 32 * uint64(2*p.size) >> 32)
				if place < p.size {
					return keys.present[place]
				}
				return keys.absent[place-p.size]
			}
			p.time(randomInsert, maps, func(at int) uint64 {
				random := uint64(1)
				for i := 0; i < p.size; i++ {
					random = random*0x5851F42D4C957F2D + 0x14057B7EF767814F
					maps[at][drawn(random)] = payloadOf[V](uint64(i))
					random = random*0x5851F42D4C957F2D + 0x14057B7EF767814F
					delete(maps[at], drawn(random))
				}
				return uint64(len(maps[at]))
			})
		}
		if p.wanted(count) {
			maps := p.emptyMaps()
			p.time(count, maps, func(at int) uint64 {
				for _, draw := range keys.draws {
					value := maps[at][keys.present[draw]]
					value[0]++
					maps[at][keys.present[draw]] = value
				}
				return uint64(len(maps[at]))
			})
		}
		if p.wanted(insertOrErase) {
			maps := p.emptyMaps()
			p.time(insertOrErase, maps, func(at int) uint64 {
				for _, draw := range keys.draws {
					key := keys.present[draw]
					if _, found := maps[at][key]; found {
						delete(maps[at], key)
					} else {
						maps[at][key] = payloadOf[V](uint64(draw))
					}
				}
				return uint64(len(maps[at]))
			})
		}
	}
}

// ---- single operations (bench/grid/passes.hpp) ----

func timeOperations[K comparable, V payload](keys *keySet[K]) []float32 {
	size := len(keys.present)
	samples := make([]float32, 0, 3*size)
	m := map[K]V{}
	timed := func(operation func()) {
		begin := time.Now()
		operation()
		samples = append(samples, float32(time.Since(begin).Nanoseconds()))
	}
	for i := 0; i < size; i++ {
		timed(func() { m[keys.present[i]] = payloadOf[V](uint64(i)) })
	}
	for i := 0; i < size; i++ {
		timed(func() {
			delete(m, keys.shuffled[i])
			m[keys.absent[i]] = payloadOf[V](uint64(i))
		})
	}
	for i := 0; i < size; i++ {
		timed(func() { delete(m, keys.absent[i]) })
	}
	return samples
}

func percentiles(samples []float32) map[string]float64 {
	sorted := append([]float32(nil), samples...)
	sort.Slice(sorted, func(a, b int) bool { return sorted[a] < sorted[b] })
	found := map[string]float64{}
	for name, fraction := range map[string]float64{"p50": 0.5, "p99": 0.99, "p99.9": 0.999, "p99.99": 0.9999, "max": 1} {
		place := int(math.Ceil(fraction*float64(len(sorted)))) - 1
		if place < 0 {
			place = 0
		}
		found[name] = float64(sorted[place])
	}
	return found
}

// ---- a pass, in a process of its own ----

func runPass[K comparable, V payload](asked request, keys *keySet[K]) {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	runtime.GC() // the keys are there, as in the other workers
	if asked.Pass == passLatency {
		samples := timeOperations[K, V](keys)
		if err := binary.Write(out, binary.LittleEndian, samples); err != nil {
			fail(err)
		}
		return
	}
	p := programs[K, V]{keys: keys, works: asked.Works, size: asked.Size}
	p.run()
	works := map[string]any{}
	for work, name := range workNames {
		t := p.times[work]
		if t.operations == 0 || !p.wanted(work) {
			continue
		}
		works[name] = map[string]any{
			"ns": float64(t.elapsed.Nanoseconds()) / float64(t.operations), "checksum": t.checksum}
	}
	if err := json.NewEncoder(out).Encode(map[string]any{"works": works}); err != nil {
		fail(err)
	}
}

func runPassOfValue[K comparable](asked request, keys *keySet[K]) {
	if asked.ValueBytes == 8 {
		runPass[K, [1]uint64](asked, keys)
	} else {
		runPass[K, [7]uint64](asked, keys)
	}
}

func inChild(asked request) ([]byte, error) {
	line, err := json.Marshal(asked)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	child := exec.Command(self, string(line))
	child.Stderr = os.Stderr
	return child.Output()
}

func answer(asked request) (any, error) {
	if asked.Pass == passThroughput {
		text, err := inChild(asked)
		if err != nil {
			return nil, err
		}
		return json.RawMessage(text), nil
	}
	if asked.Pass != passLatency {
		return nil, fmt.Errorf("pass %d is not measured for Go", asked.Pass)
	}
	stretches := []string{"grow", "churn", "drain"}
	fastest := make([]float32, 3*asked.Size)
	describe := func(samples []float32) map[string]any {
		out := map[string]any{}
		for i, name := range stretches {
			out[name] = percentiles(samples[i*asked.Size : (i+1)*asked.Size])
		}
		return out
	}
	raw := []any{}
	for run := 0; run < asked.Repeat; run++ {
		bytes, err := inChild(asked)
		if err != nil {
			return nil, err
		}
		if len(bytes) != 4*len(fastest) {
			return nil, fmt.Errorf("a run gave %d bytes of samples", len(bytes))
		}
		samples := make([]float32, len(fastest))
		for i := range samples {
			samples[i] = math.Float32frombits(binary.LittleEndian.Uint32(bytes[4*i:]))
			if run == 0 || samples[i] < fastest[i] {
				fastest[i] = samples[i]
			}
		}
		raw = append(raw, describe(samples))
	}
	return map[string]any{"fastest": describe(fastest), "raw": raw}, nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "grid worker go:", err)
	os.Exit(1)
}

func main() {
	var asked request
	if len(os.Args) > 1 {
		if err := json.Unmarshal([]byte(os.Args[1]), &asked); err != nil {
			fail(err)
		}
		switch asked.Keys {
		case string12, string60:
			runPassOfValue(asked, makeKeySet(asked.Size, textKey(asked.Keys)))
		default:
			runPassOfValue(asked, makeKeySet(asked.Size, numberKey(asked.Keys)))
		}
		return
	}
	out := json.NewEncoder(os.Stdout)
	out.Encode(map[string]any{"name": "go", "type": "map[K]V", "version": runtime.Version(),
		"keys":   []string{"u64random", "u64sequential", "string12", "string60"},
		"passes": []string{"throughput", "latency"}})
	for in := json.NewDecoder(os.Stdin); in.Decode(&asked) == nil; {
		reply, err := answer(asked)
		if err != nil {
			reply = map[string]string{"error": err.Error()}
		}
		out.Encode(reply)
	}
}
