// Engines, the plans that are made of them, and how they run.
#include "../numbers.h"
#include "graph.h"
#include <set>

namespace simulator::dnn {

namespace {
constexpr int TENSOR_CORE = 0, NONDETERMINISTIC = 4, WINOGRAD_NOTE = 5, STRICT_NAN = 9;
constexpr int RUNTIME_COMPILATION = 0, CUDA_GRAPH_NATIVE = 3;
constexpr std::size_t SMALL_WORKSPACE = 131;

/** The classic algorithm whose limits and workspace an engine has. */
int classic(Method method, Direction direction) {
    if (method != Method::WINOGRAD) return 1;
    return direction == Direction::FORWARD ? 6 : direction == Direction::DATA ? 4 : 5;
}

bool offered(Method method, const Pass& pass) {
    // bf16 with sums per channel is compiled when it is planned, as by cuDNN 9.24
    if (pass.sum) return method == (pass.y.tensor.type == HALF ? Method::SCRATCH : Method::COMPILED) || method == Method::UNUSABLE;
    bool single = pass.problem.x.type == FLOAT;
    switch (method) {
    case Method::UNUSABLE:
    case Method::COMPILED: return true;
    case Method::UNORDERED: return pass.direction != Direction::FORWARD;
    default: break;
    }
    if (unordered(pass.direction)) return false;
    if (method == Method::ROUNDED) return single;
    return method != Method::WINOGRAD || (!pass.bias && supports(pass.direction, classic(method, pass.direction), pass.problem));
}

Engine engine(Method method, const Pass& pass) {
    std::vector<std::int64_t> narrow; // no loss there: products of 16-bit numbers, summed up in f32
    if (pass.problem.x.type != FLOAT) narrow = {TENSOR_CORE};
    std::size_t scratch = workspace(pass.direction, classic(method, pass.direction), pass.problem);
    switch (method) {
    case Method::PLAIN: return {method, 0, {STRICT_NAN}, {CUDA_GRAPH_NATIVE}, 0};
    case Method::SCRATCH: return {method, 46, narrow, {CUDA_GRAPH_NATIVE}, scratch + 3};
    case Method::UNORDERED: return {method, 20, {NONDETERMINISTIC}, {}, 0};
    case Method::ROUNDED: return {method, 38, {TENSOR_CORE}, {}, SMALL_WORKSPACE};
    case Method::WINOGRAD: return {method, 5, {WINOGRAD_NOTE}, {}, scratch};
    case Method::UNUSABLE: return {method, 12, narrow, {}, 0};
    default: return {method, 71, narrow, {RUNTIME_COMPILATION}, 0};
    }
}

/** TF32: 10 bits behind the leading one, to nearest even; infinite and NaN stay. */
float toTf32(float value) {
    unsigned bits = emulation::bitsOf(value);
    if ((bits & 0x7f800000u) == 0x7f800000u) return value;
    return emulation::floatOf((bits + 0xfffu + ((bits >> 13) & 1u)) & ~0x1fffu);
}

struct Named {
    const Operand* operand;
    const char* name;
};

/** What a pass reads, and at the end what it writes. */
std::vector<Named> memory(const Pass& p) {
    if (p.direction == Direction::DATA) return {{&p.w, "w"}, {&p.y, "dy"}, {&p.x, "dx"}};
    if (p.direction == Direction::FILTER) return {{&p.x, "x"}, {&p.y, "dy"}, {&p.w, "dw"}};
    std::vector<Named> all = {{&p.x, "x"}, {&p.w, "w"}};
    if (p.residual) all.push_back({&*p.residual, "the residual"});
    if (p.bias) all.push_back({&*p.bias, "the bias"});
    all.push_back({&p.y, "y"});
    if (p.sum) {
        all.push_back({&*p.sum, "the sums"});
        all.push_back({&*p.squares, "the sums of squares"});
    }
    return all;
}

/** How many of these are written. */
std::size_t results(const Pass& p) { return p.sum ? 3 : 1; }

/** Sums of each filter's values and of their squares: an image's first, then all images'. */
void addUp(const Problem& p, const Values& y, Values& sums, Values& squares) {
    sums.assign(p.filters, 0.0f);
    squares.assign(p.filters, 0.0f);
    for (std::size_t i = 0; i < y.size(); i += p.pixels()) {
        float sum = 0, square = 0;
        for (long k = 0; k < p.pixels(); k++) {
            sum += y[i + k];
            square += y[i + k] * y[i + k];
        }
        std::size_t filter = i / p.pixels() % p.filters;
        sums[filter] += sum;
        squares[filter] += square;
    }
}

using Addresses = std::map<std::int64_t, const void*>;

void compute(const Pass& pass, Method method, const Addresses& at) {
    const Problem& p = pass.problem;
    auto read = [&](const Operand& o) {
        Values values = gather(o.tensor, at.at(o.id));
        if (method == Method::ROUNDED)
            for (float& v : values) v = toTf32(v);
        return values;
    };
    auto write = [&](const Operand& o, const Values& values) {
        scatter(o.tensor, const_cast<void*>(at.at(o.id)), values, pass.scale.alpha, pass.scale.beta);
    };
    bool turned = turnRound(method != Method::UNORDERED);
    switch (pass.direction) {
    case Direction::FORWARD: {
        Values result = forward(p, read(pass.x), read(pass.w));
        if (pass.bias) {
            Values added = pass.residual ? gather(pass.residual->tensor, at.at(pass.residual->id)) : Values();
            finishForward(p, {1, 1}, result, added, gather(pass.bias->tensor, at.at(pass.bias->id)), pass.relu);
        }
        if (pass.sum) {
            Values sums, squares;
            addUp(p, result, sums, squares);
            write(*pass.sum, sums);
            write(*pass.squares, squares);
        }
        return write(pass.y, result);
    }
    case Direction::DATA: return write(pass.x, backwardData(p, read(pass.w), read(pass.y), turned));
    case Direction::FILTER: return write(pass.w, backwardFilter(p, read(pass.x), read(pass.y), turned));
    }
}
} // namespace

Status finalizeHeuristics(Backend& b) {
    std::int64_t mode = b.number(HEURISTICS_MODE);
    if (mode < HEURISTIC_INSTANT || mode > HEURISTIC_A) return refuse(BAD_PARAM, "there is no mode %ld", static_cast<long>(mode));
    b.pass = b.part(HEURISTICS_GRAPH).pass;
    if (b.pass == nullptr) return OK; // a question, so nothing is wrong
    // What a caller must not take comes first.
    std::vector<Method> all = {Method::COMPILED,  Method::ROUNDED, Method::WINOGRAD, Method::UNUSABLE,
                               Method::UNORDERED, Method::SCRATCH, Method::PLAIN};
    if (mode == HEURISTIC_FALLBACK) all = {unordered(b.pass->direction) ? Method::UNORDERED : Method::PLAIN};
    for (Method method : all)
        if (offered(method, *b.pass)) b.engines.push_back(engine(method, *b.pass));
    return OK;
}

Status finalizePlan(Backend& b) {
    TRY(require(reinterpret_cast<Handle*>(b.number(PLAN_HANDLE))));
    if (requireNoCapture("a plan cannot be made") != SUCCESS) return EXECUTION_FAILED;
    const Backend& config = b.part(PLAN_CONFIG);
    Method method = config.engines.at(0).method; // a question again
    if (method == Method::UNUSABLE) return STATUS_NOT_SUPPORTED;
    b.engines = config.engines;
    b.pass = config.pass;
    return OK;
}

Status finalizePack(const Backend& b) {
    const auto &ids = b.values.at(PACK_IDS), &pointers = b.values.at(PACK_POINTERS);
    if (ids.size() != pointers.size()) return refuse(BAD_PARAM, "%zu unique ids with %zu pointers", ids.size(), pointers.size());
    std::set<std::int64_t> seen;
    for (std::int64_t id : ids)
        if (!seen.insert(id).second)
            return refuse(BAD_PARAM_DUPLICATED_ENTRIES, "the unique id %ld is there twice", static_cast<long>(id));
    return OK;
}

Status execute(Handle* handle, const Backend& plan, const Backend& pack) {
    TRY(require(reinterpret_cast<Handle*>(plan.number(PLAN_HANDLE))));
    Addresses given;
    const auto &ids = pack.values.at(PACK_IDS), &pointers = pack.values.at(PACK_POINTERS);
    for (std::size_t i = 0; i < ids.size(); i++) given[ids[i]] = reinterpret_cast<const void*>(pointers[i]);
    std::vector<Access> accesses;
    std::set<std::int64_t> wanted;
    for (const Named& m : memory(*plan.pass)) {
        auto found = given.find(m.operand->id);
        if (found == given.end())
            return refuse(BAD_PARAM, "the variant pack has no pointer for %s, tensor %ld", m.name, static_cast<long>(m.operand->id));
        accesses.push_back(access(m.operand->tensor, found->second, m.name));
        TRY(requireAligned({accesses.back()}, static_cast<std::size_t>(m.operand->alignment)));
        wanted.insert(m.operand->id);
    }
    for (std::int64_t id : ids)
        if (wanted.count(id) == 0)
            return refuse(BAD_PARAM, "the variant pack has a pointer for tensor %ld, which is virtual or not in the graph",
                          static_cast<long>(id));
    const Engine& engine = plan.engines.at(0);
    Access scratch{nullptr, engine.workspace, "the workspace"};
    if (pack.has(PACK_WORKSPACE)) scratch.address = reinterpret_cast<const void*>(pack.number(PACK_WORKSPACE));
    if (engine.workspace > 0 && scratch.address == nullptr)
        return refuse(BAD_PARAM_NULL_POINTER, "the workspace is null, the plan needs %zu bytes", engine.workspace);
    auto written = accesses.end() - static_cast<std::ptrdiff_t>(results(*plan.pass));
    std::vector<Access> reads(accesses.begin(), written), writes(written, accesses.end());
    return launch(handle, "cudnnBackendExecute", {reads, writes, scratch},
                  [pass = plan.pass, method = engine.method, given] { compute(*pass, method, given); });
}

} // namespace simulator::dnn
