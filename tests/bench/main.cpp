#include <benchmark/benchmark.h>

#include "recon/refine/refinement_network.h"

int main(int argc, char** argv) {
    maquette::recon::configure_compute(0);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 2;
    }
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
