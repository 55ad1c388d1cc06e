# The commands of the project. Each does its whole job: installs what is missing, configures, builds and runs.
.PHONY: help demo test conform-live proof bench bench-quick bench-channels format tidy clean

help:
	@echo 'make demo         replay real keys against several maps, print the tables and the reports'
	@echo 'make test         build and run all tests'
	@echo 'make conform-live  record traces from the real Go runtime, and replay them on classic_map'
	@echo 'make proof        every proof at full size and the fuzzers, ten minutes each; writes docs/proof.md'
	@echo 'make bench        the benchmark grid, as docs/benchmarks.md shows it'
	@echo 'make bench-quick  a part of it, in less than five minutes'
	@echo 'make bench-channels  channels and select against other libraries and Go'
	@echo 'make format       format the sources in place'
	@echo 'make tidy         run clang-tidy'
	@echo 'make clean        remove the build folder'

demo:
	@scripts/demo

# CONFIGURE: arguments for cmake, more than the preset's.
test:
	@scripts/test $(CONFIGURE)

conform-live:
	@scripts/conform-live

proof:
	@scripts/proof

bench:
	@scripts/bench

bench-quick:
	@scripts/bench --quick

bench-channels:
	@scripts/bench-channels

format:
	@scripts/format

tidy:
	@scripts/tidy

clean:
	rm -rf build
