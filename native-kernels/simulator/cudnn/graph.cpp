// Descriptors of the graph interface: made, set attribute by attribute, finalized and read.
#include "graph.h"
#include <climits>

namespace simulator::dnn {

namespace {
std::map<const Backend*, std::shared_ptr<Backend>>& made() {
    static auto& all = *new std::map<const Backend*, std::shared_ptr<Backend>>();
    return all;
}

enum class Need { REQUIRED, OPTIONAL, READ_ONLY };
constexpr int ANY_OPERATION = -1, NONE = -2;

/** What an attribute of a kind of descriptor is: its type, how many at most, and of which kind where it is a descriptor. */
struct Rule {
    int kind, attribute, type, most;
    Need need = Need::REQUIRED;
    int wanted = NONE;
};

constexpr int MOST_OPERANDS = 64, MOST_RESULTS = 1 << 20;

const std::vector<Rule>& rules() {
    static const auto& all = *new std::vector<Rule>([] {
        std::vector<Rule> list = {
            {POINTWISE, POINTWISE_MODE, TYPE_POINTWISE_MODE, 1},
            {POINTWISE, POINTWISE_MATH, TYPE_DATA_TYPE, 1},
            {CONVOLUTION, CONVOLUTION_COMPUTE_TYPE, TYPE_DATA_TYPE, 1},
            {CONVOLUTION, CONVOLUTION_MODE, TYPE_CONVOLUTION_MODE, 1},
            {CONVOLUTION, CONVOLUTION_DILATIONS, TYPE_INT64, MAX_DIMENSIONS},
            {CONVOLUTION, CONVOLUTION_STRIDES, TYPE_INT64, MAX_DIMENSIONS},
            {CONVOLUTION, CONVOLUTION_POST_PADDINGS, TYPE_INT64, MAX_DIMENSIONS},
            {CONVOLUTION, CONVOLUTION_PRE_PADDINGS, TYPE_INT64, MAX_DIMENSIONS},
            {CONVOLUTION, CONVOLUTION_SPATIAL_DIMS, TYPE_INT64, 1},
            {ENGINE, ENGINE_INDEX, TYPE_INT64, 1, Need::READ_ONLY},
            {ENGINE, ENGINE_NUMERICAL_NOTES, TYPE_NUMERICAL_NOTE, MOST_RESULTS, Need::READ_ONLY},
            {ENGINE, ENGINE_BEHAVIOR_NOTES, TYPE_BEHAVIOR_NOTE, MOST_RESULTS, Need::READ_ONLY},
            {ENGINE_CONFIG, CONFIG_ENGINE, TYPE_DESCRIPTOR, 1, Need::READ_ONLY, ENGINE},
            {HEURISTICS, HEURISTICS_MODE, TYPE_HEURISTIC, 1},
            {HEURISTICS, HEURISTICS_GRAPH, TYPE_DESCRIPTOR, 1, Need::REQUIRED, OPERATION_GRAPH},
            {HEURISTICS, HEURISTICS_RESULTS, TYPE_DESCRIPTOR, MOST_RESULTS, Need::READ_ONLY, ENGINE_CONFIG},
            {PLAN, PLAN_HANDLE, TYPE_HANDLE, 1},
            {PLAN, PLAN_CONFIG, TYPE_DESCRIPTOR, 1, Need::REQUIRED, ENGINE_CONFIG},
            {PLAN, PLAN_WORKSPACE, TYPE_INT64, 1, Need::READ_ONLY},
            {POINTWISE_OPERATION, OPERATION_POINTWISE, TYPE_DESCRIPTOR, 1, Need::REQUIRED, POINTWISE},
            {POINTWISE_OPERATION, OPERATION_X, TYPE_DESCRIPTOR, 1, Need::REQUIRED, TENSOR},
            {POINTWISE_OPERATION, OPERATION_B, TYPE_DESCRIPTOR, 1, Need::OPTIONAL, TENSOR},
            {POINTWISE_OPERATION, OPERATION_Y, TYPE_DESCRIPTOR, 1, Need::REQUIRED, TENSOR},
            {STATISTICS_OPERATION, STATISTICS_MODE, TYPE_STATISTICS_MODE, 1},
            {STATISTICS_OPERATION, STATISTICS_MATH, TYPE_DATA_TYPE, 1},
            {STATISTICS_OPERATION, STATISTICS_X, TYPE_DESCRIPTOR, 1, Need::REQUIRED, TENSOR},
            {STATISTICS_OPERATION, STATISTICS_SUM, TYPE_DESCRIPTOR, 1, Need::REQUIRED, TENSOR},
            {STATISTICS_OPERATION, STATISTICS_SQUARES, TYPE_DESCRIPTOR, 1, Need::REQUIRED, TENSOR},
            {OPERATION_GRAPH, GRAPH_HANDLE, TYPE_HANDLE, 1},
            {OPERATION_GRAPH, GRAPH_OPERATIONS, TYPE_DESCRIPTOR, MOST_OPERANDS, Need::REQUIRED, ANY_OPERATION},
            {VARIANT_PACK, PACK_IDS, TYPE_INT64, MOST_OPERANDS},
            {VARIANT_PACK, PACK_POINTERS, TYPE_POINTER, MOST_OPERANDS},
            {VARIANT_PACK, PACK_WORKSPACE, TYPE_POINTER, 1, Need::OPTIONAL},
            {TENSOR, TENSOR_ALIGNMENT, TYPE_INT64, 1},
            {TENSOR, TENSOR_TYPE, TYPE_DATA_TYPE, 1},
            {TENSOR, TENSOR_DIMENSIONS, TYPE_INT64, MAX_DIMENSIONS},
            {TENSOR, TENSOR_STRIDES, TYPE_INT64, MAX_DIMENSIONS},
            {TENSOR, TENSOR_ID, TYPE_INT64, 1},
            {TENSOR, TENSOR_VIRTUAL, TYPE_BOOLEAN, 1, Need::OPTIONAL},
        };
        for (int kind : {CONVOLUTION_FORWARD, CONVOLUTION_DATA, CONVOLUTION_FILTER}) {
            int first = firstAttribute(kind);
            for (int scale : {ALPHA, BETA}) list.push_back({kind, first + scale, TYPE_FLOAT, 1});
            list.push_back({kind, first + DESCRIPTOR, TYPE_DESCRIPTOR, 1, Need::REQUIRED, CONVOLUTION});
            for (int operand : {OPERAND_W, OPERAND_X, OPERAND_Y})
                list.push_back({kind, first + operand, TYPE_DESCRIPTOR, 1, Need::REQUIRED, TENSOR});
        }
        return list;
    }());
    return all;
}

/** Bytes of an element; 0 for types that no attribute here has. */
std::size_t width(int type) {
    switch (type) {
    case TYPE_BOOLEAN: return 1;
    case TYPE_HANDLE:
    case TYPE_INT64:
    case TYPE_POINTER:
    case TYPE_DESCRIPTOR: return 8;
    default: return 4;
    }
}

Status find(const Backend* descriptor, const char* name, std::shared_ptr<Backend>& to) {
    if (descriptor == nullptr) return refuse(BAD_PARAM_NULL_POINTER, "%s is null", name);
    auto found = made().find(descriptor);
    if (found == made().end()) return refuse(BAD_PARAM, "%s does not exist, or was destroyed", name);
    to = found->second;
    return OK;
}

Status find(const Backend* descriptor, const char* name, int kind, std::shared_ptr<Backend>& to) {
    TRY(find(descriptor, name, to));
    bool operation = firstAttribute(to->kind) >= 0 || to->kind == POINTWISE_OPERATION || to->kind == STATISTICS_OPERATION;
    bool fits = kind == ANY_OPERATION ? operation : to->kind == kind;
    if (fits) return OK;
    return refuse(BAD_PARAM_DESCRIPTOR_TYPE, "%s is %s, wanted %s", name, kindName(to->kind), kindName(kind));
}

/** The rule of an attribute, where the descriptor has it and it is of this type. */
Status findRule(const Backend& b, int attribute, int type, const Rule*& to) {
    for (const Rule& rule : rules()) {
        if (rule.kind != b.kind || rule.attribute != attribute) continue;
        if (rule.type != type)
            return refuse(BAD_PARAM_ATTRIBUTE_TYPE, "attribute %d of %s is of type %d, not %d", attribute, kindName(b.kind), rule.type,
                          type);
        to = &rule;
        return OK;
    }
    return refuse(BAD_PARAM, "%s has no attribute %d (or it is not simulated)", kindName(b.kind), attribute);
}

Status setAttribute(Backend& b, int attribute, int type, std::int64_t count, const char* elements) {
    if (b.finalized) return refuse(BAD_PARAM, "attribute %d of %s is set after it was finalized", attribute, kindName(b.kind));
    const Rule* rule = nullptr;
    TRY(findRule(b, attribute, type, rule));
    if (rule->need == Need::READ_ONLY) return refuse(BAD_PARAM, "attribute %d of %s can only be read", attribute, kindName(b.kind));
    if (count < 1 || count > rule->most)
        return refuse(BAD_PARAM, "%ld elements of attribute %d of %s, which has from 1 to %d", static_cast<long>(count), attribute,
                      kindName(b.kind), rule->most);
    if (elements == nullptr) return refuse(BAD_PARAM, "attribute %d of %s is set from a null address", attribute, kindName(b.kind));
    std::vector<std::int64_t> values(static_cast<std::size_t>(count), 0);
    for (std::size_t i = 0; i < values.size(); i++) std::memcpy(&values[i], elements + i * width(type), width(type));
    if (type != TYPE_DESCRIPTOR) {
        b.values[attribute] = values;
        return OK;
    }
    std::vector<std::shared_ptr<const Backend>> parts;
    std::string name = "the descriptor of attribute " + std::to_string(attribute);
    for (std::int64_t value : values) {
        std::shared_ptr<Backend> part;
        TRY(find(reinterpret_cast<const Backend*>(value), name.c_str(), rule->wanted, part));
        if (!part->finalized) return refuse(BAD_PARAM_NOT_FINALIZED, "%s, %s, is not finalized", name.c_str(), kindName(part->kind));
        parts.push_back(part);
    }
    b.parts[attribute] = parts;
    return OK;
}

Status finalize(Backend& b) {
    if (b.finalized) return refuse(BAD_PARAM, "%s was finalized before", kindName(b.kind));
    if (b.kind == ENGINE || b.kind == ENGINE_CONFIG)
        return refuse(STATUS_NOT_SUPPORTED, "%s of one's own is not simulated: heuristics give them", kindName(b.kind));
    for (const Rule& rule : rules())
        if (rule.kind == b.kind && rule.need == Need::REQUIRED && !b.has(rule.attribute))
            return refuse(BAD_PARAM, "attribute %d of %s was not set", rule.attribute, kindName(b.kind));
    switch (b.kind) {
    case TENSOR: return finalizeTensor(b);
    case CONVOLUTION: return finalizeConvolution(b);
    case POINTWISE:
    case POINTWISE_OPERATION: return finalizePointwise(b);
    case STATISTICS_OPERATION: return finalizeStatistics(b);
    case OPERATION_GRAPH: return finalizeGraph(b);
    case HEURISTICS: return finalizeHeuristics(b);
    case PLAN: return finalizePlan(b);
    case VARIANT_PACK: return finalizePack(b);
    default: return finalizeOperation(b);
    }
}

/** Fills descriptors of the caller, which are new, with engines. */
Status give(const Backend& b, const Rule& rule, std::int64_t asked, std::int64_t* count, char* elements) {
    if (rule.wanted != ENGINE_CONFIG && rule.wanted != ENGINE)
        return refuse(STATUS_NOT_SUPPORTED, "reading attribute %d of %s is not simulated", rule.attribute, kindName(b.kind));
    std::int64_t given = std::min(asked, static_cast<std::int64_t>(b.engines.size()));
    for (std::int64_t i = 0; elements != nullptr && i < given; i++) {
        const Backend* address = nullptr;
        std::memcpy(&address, elements + i * sizeof(address), sizeof(address));
        std::shared_ptr<Backend> into;
        TRY(find(address, "a descriptor to fill", rule.wanted, into));
        into->engines = {b.engines[static_cast<std::size_t>(i)]};
        into->pass = b.pass;
        into->finalized = true;
    }
    *count = given;
    if (asked > 0) return OK;
    *count = static_cast<std::int64_t>(b.engines.size());
    // The number alone is a bound, as in cuDNN 9.24: how many there are shows when they are given.
    if (rule.attribute == HEURISTICS_RESULTS && *count > 0) ++*count;
    return OK;
}

std::vector<std::int64_t> numbersOf(const Backend& b, int attribute) {
    switch (attribute) {
    case ENGINE_INDEX: return {b.engines.at(0).index};
    case ENGINE_NUMERICAL_NOTES: return b.engines.at(0).notes;
    case ENGINE_BEHAVIOR_NOTES: return b.engines.at(0).behavior;
    case PLAN_WORKSPACE: return {static_cast<std::int64_t>(b.engines.at(0).workspace)};
    default: {
        auto found = b.values.find(attribute);
        return found == b.values.end() ? std::vector<std::int64_t>() : found->second;
    }
    }
}

Status getAttribute(const Backend& b, int attribute, int type, std::int64_t asked, std::int64_t* count, char* elements) {
    if (!b.finalized)
        return refuse(STATUS_NOT_INITIALIZED, "attribute %d of %s is read before it is finalized", attribute, kindName(b.kind));
    const Rule* rule = nullptr;
    TRY(findRule(b, attribute, type, rule));
    if (asked < 0) return refuse(BAD_PARAM, "%ld elements are asked for", static_cast<long>(asked));
    if (count == nullptr) return refuse(BAD_PARAM_NULL_POINTER, "nowhere to put the number of elements");
    if (asked > 0 && elements == nullptr) return refuse(BAD_PARAM_NULL_POINTER, "nowhere to put the elements");
    if (type == TYPE_DESCRIPTOR) return give(b, *rule, asked, count, elements);
    std::vector<std::int64_t> values = numbersOf(b, attribute);
    std::int64_t there = static_cast<std::int64_t>(values.size()), given = std::min(asked, there);
    for (std::int64_t i = 0; i < given; i++) std::memcpy(elements + i * width(type), &values[i], width(type));
    *count = asked == 0 ? there : given;
    return OK;
}

} // namespace

float Backend::real(int attribute) const {
    std::int64_t bits = number(attribute);
    float value;
    std::memcpy(&value, &bits, sizeof(value));
    return value;
}

std::vector<int> Backend::list(int attribute) const {
    std::vector<int> numbers;
    for (std::int64_t v : values.at(attribute)) numbers.push_back(static_cast<int>(v < INT_MIN ? INT_MIN : v > INT_MAX ? INT_MAX : v));
    return numbers;
}

const char* kindName(int kind) {
    switch (kind) {
    case POINTWISE: return "a pointwise descriptor";
    case CONVOLUTION: return "a convolution";
    case ENGINE: return "an engine";
    case ENGINE_CONFIG: return "an engine configuration";
    case HEURISTICS: return "heuristics";
    case PLAN: return "an execution plan";
    case CONVOLUTION_FORWARD: return "a forward convolution";
    case CONVOLUTION_FILTER: return "a convolution's gradient of weights";
    case CONVOLUTION_DATA: return "a convolution's gradient of data";
    case POINTWISE_OPERATION: return "a pointwise operation";
    case STATISTICS_OPERATION: return "an operation that finds statistics";
    case OPERATION_GRAPH: return "an operation graph";
    case VARIANT_PACK: return "a variant pack";
    case TENSOR: return "a tensor";
    case ANY_OPERATION: return "an operation";
    default: return nullptr;
    }
}

int firstAttribute(int kind) {
    return kind == CONVOLUTION_FORWARD ? FORWARD_ATTRIBUTES
           : kind == CONVOLUTION_DATA  ? DATA_ATTRIBUTES
           : kind == CONVOLUTION_FILTER ? FILTER_ATTRIBUTES
                                        : -1;
}

} // namespace simulator::dnn

using namespace simulator;
using namespace simulator::dnn;

EXPORTED Status cudnnBackendCreateDescriptor(int kind, Backend** descriptor) {
    Call call("cudnnBackendCreateDescriptor");
    if (descriptor == nullptr) return refuse(BAD_PARAM_NULL_POINTER, "nowhere to put the descriptor");
    if (kind < 0 || kindName(kind) == nullptr) return refuse(STATUS_NOT_SUPPORTED, "descriptors of type %d are not simulated", kind);
    auto created = std::make_shared<Backend>(kind);
    *descriptor = created.get();
    made()[created.get()] = created;
    return OK;
}

EXPORTED Status cudnnBackendDestroyDescriptor(Backend* descriptor) {
    Call call("cudnnBackendDestroyDescriptor");
    std::shared_ptr<Backend> b;
    TRY(find(descriptor, "the descriptor", b));
    made().erase(descriptor);
    return OK;
}

EXPORTED Status cudnnBackendInitialize(Backend* descriptor) {
    Call call("cudnnBackendInitialize");
    std::shared_ptr<Backend> b;
    TRY(find(descriptor, "the descriptor", b));
    if (b->finalized) return refuse(BAD_PARAM, "%s was finalized before", kindName(b->kind));
    *b = Backend(b->kind);
    return OK;
}

EXPORTED Status cudnnBackendSetAttribute(Backend* descriptor, int attribute, int type, std::int64_t count, const void* elements) {
    Call call("cudnnBackendSetAttribute");
    std::shared_ptr<Backend> b;
    TRY(find(descriptor, "the descriptor", b));
    return setAttribute(*b, attribute, type, count, static_cast<const char*>(elements));
}

EXPORTED Status cudnnBackendFinalize(Backend* descriptor) {
    Call call("cudnnBackendFinalize");
    std::shared_ptr<Backend> b;
    TRY(find(descriptor, "the descriptor", b));
    TRY(finalize(*b));
    b->finalized = true;
    return OK;
}

EXPORTED Status cudnnBackendGetAttribute(const Backend* descriptor, int attribute, int type, std::int64_t asked, std::int64_t* count,
                                         void* elements) {
    Call call("cudnnBackendGetAttribute");
    std::shared_ptr<Backend> b;
    TRY(find(descriptor, "the descriptor", b));
    return getAttribute(*b, attribute, type, asked, count, static_cast<char*>(elements));
}

EXPORTED Status cudnnBackendExecute(Handle* handle, const Backend* plan, const Backend* pack) {
    Call call("cudnnBackendExecute");
    std::shared_ptr<Backend> p, v;
    TRY(require(handle));
    TRY(find(plan, "the plan", PLAN, p));
    TRY(find(pack, "the variant pack", VARIANT_PACK, v));
    for (const auto& b : {p, v})
        if (!b->finalized) return refuse(BAD_PARAM_NOT_FINALIZED, "%s is not finalized", kindName(b->kind));
    return execute(handle, *p, *v);
}
