// What the graph interface describes: tensors, convolutions, operations, and which graphs of them there are engines for.
#include "graph.h"
#include <climits>
#include <set>

namespace simulator::dnn {

namespace {
bool within(const std::vector<std::int64_t>& values, std::int64_t least) {
    return std::all_of(values.begin(), values.end(), [&](std::int64_t v) { return v >= least && v <= INT_MAX; });
}

bool knownType(std::int64_t type) { return type >= 0 && type <= BFLOAT16 && typeBytes(static_cast<int>(type)) != 0; }

/** The operand that an attribute of an operation names. */
const Operand& operandOf(const Backend& operation, int attribute) { return operation.part(attribute).operand; }

Direction directionOf(int kind) {
    return kind == CONVOLUTION_DATA     ? Direction::DATA
           : kind == CONVOLUTION_FILTER ? Direction::FILTER
                                        : Direction::FORWARD;
}
} // namespace

Status finalizeTensor(Backend& b) {
    const auto &size = b.values.at(TENSOR_DIMENSIONS), &stride = b.values.at(TENSOR_STRIDES);
    std::int64_t type = b.number(TENSOR_TYPE), alignment = b.number(TENSOR_ALIGNMENT);
    if (size.size() != stride.size()) return refuse(BAD_PARAM, "%zu dimensions with %zu strides", size.size(), stride.size());
    if (!within(size, 1) || !within(stride, 1))
        return refuse(BAD_PARAM, "sizes %s with strides %s: all must be positive and fit an int",
                      text(b.list(TENSOR_DIMENSIONS)).c_str(), text(b.list(TENSOR_STRIDES)).c_str());
    if (!knownType(type))
        return refuse(STATUS_NOT_SUPPORTED, "data type %ld is not simulated (f32, bf16 and f16 are)", static_cast<long>(type));
    Tensor tensor{static_cast<int>(type), b.list(TENSOR_DIMENSIONS), b.list(TENSOR_STRIDES)};
    if (tensor.span() > INT_MAX) return refuse(STATUS_NOT_SUPPORTED, "a tensor of %ld elements", tensor.span());
    if (alignment <= 0 || alignment % typeBytes(tensor.type) != 0)
        return refuse(BAD_PARAM, "an alignment of %ld bytes, wanted a multiple of %d", static_cast<long>(alignment),
                      typeBytes(tensor.type));
    b.operand = {b.number(TENSOR_ID), b.has(TENSOR_VIRTUAL) && b.number(TENSOR_VIRTUAL) != 0, alignment, tensor};
    return OK;
}

Status finalizeConvolution(const Backend& b) {
    std::int64_t spatial = b.number(CONVOLUTION_SPATIAL_DIMS), mode = b.number(CONVOLUTION_MODE);
    for (int attribute : {CONVOLUTION_DILATIONS, CONVOLUTION_STRIDES, CONVOLUTION_POST_PADDINGS, CONVOLUTION_PRE_PADDINGS}) {
        const auto& values = b.values.at(attribute);
        bool padding = attribute == CONVOLUTION_POST_PADDINGS || attribute == CONVOLUTION_PRE_PADDINGS;
        if (static_cast<std::int64_t>(values.size()) != spatial)
            return refuse(BAD_PARAM, "%zu elements of attribute %d, but %ld spatial dimensions", values.size(), attribute,
                          static_cast<long>(spatial));
        if (!within(values, padding ? 0 : 1))
            return refuse(BAD_PARAM, "attribute %d is %s, wanted %d or more each", attribute, text(b.list(attribute)).c_str(),
                          padding ? 0 : 1);
    }
    if (spatial != 2 && spatial != 3)
        return refuse(STATUS_NOT_SUPPORTED, "%ld spatial dimensions are not simulated", static_cast<long>(spatial));
    if (mode != 0 && mode != 1) return refuse(BAD_PARAM, "there is no mode %ld", static_cast<long>(mode));
    if (!knownType(b.number(CONVOLUTION_COMPUTE_TYPE)))
        return refuse(STATUS_NOT_SUPPORTED, "compute type %ld is not simulated",
                      static_cast<long>(b.number(CONVOLUTION_COMPUTE_TYPE)));
    return OK;
}

Status finalizeOperation(Backend& b) {
    int first = firstAttribute(b.kind);
    const Backend& c = b.part(first + DESCRIPTOR);
    const Tensor &w = operandOf(b, first + OPERAND_W).tensor, &x = operandOf(b, first + OPERAND_X).tensor,
                 &y = operandOf(b, first + OPERAND_Y).tensor;
    auto padding = c.list(CONVOLUTION_PRE_PADDINGS), behind = c.list(CONVOLUTION_POST_PADDINGS);
    auto stride = c.list(CONVOLUTION_STRIDES), dilation = c.list(CONVOLUTION_DILATIONS);
    std::size_t n = padding.size() + 2;
    if (x.size.size() != n || w.size.size() != n || y.size.size() != n)
        return refuse(BAD_PARAM, "x has %zu dimensions, w %zu, y %zu, the convolution %zu spatial ones", x.size.size(),
                      w.size.size(), y.size.size(), padding.size());
    int groups = x.size[1] / w.size[1];
    if (x.size[1] % w.size[1] != 0 || w.size[0] % groups != 0)
        return refuse(BAD_PARAM, "x %s and w %s fit no number of groups", text(x.size).c_str(), text(w.size).c_str());
    std::vector<int> wanted = {x.size[0], w.size[0]};
    for (std::size_t d = 2; d < n; d++)
        wanted.push_back(outputSize(x.size[d], padding[d - 2] + behind[d - 2], w.size[d], stride[d - 2], dilation[d - 2]));
    if (y.size != wanted)
        return refuse(BAD_PARAM, "y is %s, but x %s and w %s give %s", text(y.size).c_str(), text(x.size).c_str(),
                      text(w.size).c_str(), text(wanted).c_str());
    bool flipped = c.number(CONVOLUTION_MODE) == 0;
    b.problem = std::make_shared<Problem>(problem(x, w, y, padding, stride, dilation, groups, flipped));
    return OK;
}

Status finalizePointwise(const Backend& b) {
    if (b.kind == POINTWISE) {
        std::int64_t mode = b.number(POINTWISE_MODE), type = b.number(POINTWISE_MATH);
        if (mode != MODE_ADD && mode != MODE_RELU)
            return refuse(STATUS_NOT_SUPPORTED, "pointwise mode %ld is not simulated", static_cast<long>(mode));
        if (!knownType(type)) return refuse(STATUS_NOT_SUPPORTED, "math in data type %ld is not simulated", static_cast<long>(type));
        return OK;
    }
    bool adds = b.part(OPERATION_POINTWISE).number(POINTWISE_MODE) == MODE_ADD;
    if (adds != b.has(OPERATION_B)) return refuse(BAD_PARAM, adds ? "an addition has no second operand" : "ReLU has a second operand");
    const Tensor &x = operandOf(b, OPERATION_X).tensor, &y = operandOf(b, OPERATION_Y).tensor;
    if (!sameSize(x, y)) return refuse(BAD_PARAM, "x is %s, y %s", text(x.size).c_str(), text(y.size).c_str());
    if (!adds) return OK;
    const Tensor& other = operandOf(b, OPERATION_B).tensor;
    bool fits = other.size.size() == x.size.size();
    for (std::size_t d = 0; fits && d < x.size.size(); d++) fits = other.size[d] == x.size[d] || other.size[d] == 1;
    if (!fits) return refuse(BAD_PARAM, "%s does not spread over %s", text(other.size).c_str(), text(x.size).c_str());
    return OK;
}

namespace {
bool perFilter(const Tensor& t, const Tensor& y) {
    std::vector<int> size(y.size.size(), 1);
    size[1] = y.size[1];
    return t.size == size;
}
} // namespace

Status finalizeStatistics(const Backend& b) {
    const Operand& x = operandOf(b, STATISTICS_X);
    if (b.number(STATISTICS_MODE) != 0) return refuse(BAD_PARAM, "there is no mode %ld", static_cast<long>(b.number(STATISTICS_MODE)));
    if (b.number(STATISTICS_MATH) != FLOAT)
        return refuse(STATUS_NOT_SUPPORTED, "statistics in data type %ld are not simulated", static_cast<long>(b.number(STATISTICS_MATH)));
    for (int attribute : {STATISTICS_SUM, STATISTICS_SQUARES}) {
        const Tensor& t = operandOf(b, attribute).tensor;
        if (!perFilter(t, x.tensor) || t.type != FLOAT)
            return refuse(BAD_PARAM, "sums %s of type %d for x %s, wanted one f32 for each channel", text(t.size).c_str(), t.type,
                          text(x.tensor.size).c_str());
    }
    return OK;
}

namespace {
using Operations = std::vector<std::shared_ptr<const Backend>>;

/** What an operation reads, and last what it writes. */
std::vector<const Operand*> flow(const Backend& operation) {
    if (operation.kind == STATISTICS_OPERATION)
        return {&operandOf(operation, STATISTICS_X), &operandOf(operation, STATISTICS_SUM), &operandOf(operation, STATISTICS_SQUARES)};
    if (operation.kind == POINTWISE_OPERATION) {
        std::vector<const Operand*> all = {&operandOf(operation, OPERATION_X)};
        if (operation.has(OPERATION_B)) all.push_back(&operandOf(operation, OPERATION_B));
        all.push_back(&operandOf(operation, OPERATION_Y));
        return all;
    }
    int first = firstAttribute(operation.kind);
    const Operand *w = &operandOf(operation, first + OPERAND_W), *x = &operandOf(operation, first + OPERAND_X),
                  *y = &operandOf(operation, first + OPERAND_Y);
    switch (directionOf(operation.kind)) {
    case Direction::DATA: return {w, y, x};
    case Direction::FILTER: return {x, y, w};
    default: return {x, w, y};
    }
}

/** How many of these are written. */
std::size_t results(const Backend& operation) { return operation.kind == STATISTICS_OPERATION ? 2 : 1; }

bool same(const Operand& a, const Operand& b) {
    return a.id == b.id && a.isVirtual == b.isVirtual && a.alignment == b.alignment && a.tensor.type == b.tensor.type &&
           a.tensor.size == b.tensor.size && a.tensor.stride == b.tensor.stride;
}

/** Whether each id is one tensor, written once at most, and each virtual tensor comes from somewhere and goes somewhere. */
Status checkOperands(const Operations& operations) {
    std::map<std::int64_t, const Operand*> all;
    std::set<std::int64_t> read, written;
    for (const auto& operation : operations) {
        std::vector<const Operand*> operands = flow(*operation);
        for (std::size_t i = 0; i < operands.size(); i++) {
            const Operand* o = operands[i];
            long id = o->id;
            if (!same(*all.emplace(o->id, o).first->second, *o))
                return refuse(BAD_PARAM_DUPLICATED_ENTRIES, "two different tensors have the unique id %ld", id);
            if (i + results(*operation) < operands.size()) read.insert(o->id);
            else if (!written.insert(o->id).second) return refuse(BAD_PARAM, "two operations write tensor %ld", id);
        }
    }
    for (const auto& [id, operand] : all) {
        if (!operand->isVirtual) continue;
        if (written.count(id) == 0) return refuse(BAD_PARAM, "nothing writes the virtual tensor %ld", static_cast<long>(id));
        if (read.count(id) == 0) return refuse(BAD_PARAM, "nothing reads the virtual tensor %ld", static_cast<long>(id));
    }
    return OK;
}

/** The operations behind a convolution in the order in which each reads what the last one wrote; empty where they do not. */
Operations chain(const Operations& operations, const Backend& convolution) {
    Operations found;
    const Operand* last = flow(convolution).back();
    while (found.size() + 1 < operations.size()) {
        std::size_t before = found.size();
        for (const auto& o : operations)
            if (o->kind == POINTWISE_OPERATION && operandOf(*o, OPERATION_X).id == last->id && found.size() == before) found.push_back(o);
        if (found.size() == before) return {};
        last = flow(*found.back()).back();
    }
    return found;
}

/** Takes in the operations behind a convolution, which engines know in one order only: [residual] bias [ReLU]. */
bool end(const Operations& after, Pass& pass) {
    const int type = pass.x.tensor.type;
    if (pass.direction != Direction::FORWARD || pass.scale.alpha != 1 || pass.scale.beta != 0) return false;
    auto between = [&](const Operand& o) { return o.isVirtual && o.tensor.type == FLOAT; };
    if (!between(pass.y)) return false;
    for (std::size_t i = 0; i < after.size(); i++) {
        const Backend &operation = *after[i], &what = operation.part(OPERATION_POINTWISE);
        if (what.number(POINTWISE_MATH) != FLOAT || pass.relu) return false;
        if (what.number(POINTWISE_MODE) == MODE_RELU) pass.relu = true;
        else {
            const Operand& b = operandOf(operation, OPERATION_B);
            if (b.isVirtual || b.tensor.type != type || pass.bias) return false;
            bool another = i + 1 < after.size() && after[i + 1]->has(OPERATION_B);
            if (another ? !sameSize(b.tensor, pass.problem.y) : !perFilter(b.tensor, pass.problem.y)) return false;
            (another ? pass.residual : pass.bias) = b;
            if (another && i > 0) return false;
        }
        const Operand& to = operandOf(operation, OPERATION_Y);
        bool last = i + 1 == after.size();
        if (!last && !between(to)) return false;
        if (last) pass.y = to;
    }
    return pass.bias.has_value();
}

/**
 * Takes in statistics of what a convolution writes. There are engines for 16-bit numbers in channels last, as cuDNN 9.24 has
 * them for an A100 and an H100.
 */
bool addUp(const Backend& statistics, Pass& pass) {
    if (pass.direction != Direction::FORWARD || pass.scale.alpha != 1 || pass.scale.beta != 0) return false;
    if (operandOf(statistics, STATISTICS_X).id != pass.y.id || !pass.problem.nhwc || pass.y.tensor.type == FLOAT) return false;
    pass.sum = operandOf(statistics, STATISTICS_SUM);
    pass.squares = operandOf(statistics, STATISTICS_SQUARES);
    return !pass.sum->isVirtual && !pass.squares->isVirtual;
}

/** What a graph computes, or null where no engine can do it, which is no error. */
std::shared_ptr<const Pass> match(const Operations& operations) {
    const Backend* convolution = nullptr;
    for (const auto& o : operations)
        if (firstAttribute(o->kind) >= 0) {
            if (convolution != nullptr) return nullptr;
            convolution = o.get();
        }
    if (convolution == nullptr) return nullptr;
    int first = firstAttribute(convolution->kind);
    if (convolution->part(first + DESCRIPTOR).number(CONVOLUTION_COMPUTE_TYPE) != FLOAT) return nullptr;
    Pass pass;
    pass.direction = directionOf(convolution->kind);
    pass.problem = *convolution->problem;
    pass.scale = {convolution->real(first + ALPHA), convolution->real(first + BETA)};
    pass.w = operandOf(*convolution, first + OPERAND_W);
    pass.x = operandOf(*convolution, first + OPERAND_X);
    pass.y = operandOf(*convolution, first + OPERAND_Y);
    auto statistics = std::find_if(operations.begin(), operations.end(), [](auto& o) { return o->kind == STATISTICS_OPERATION; });
    if (statistics != operations.end()) {
        if (operations.size() > 2 || !addUp(**statistics, pass)) return nullptr;
    } else if (operations.size() > 1) {
        Operations after = chain(operations, *convolution);
        if (after.empty() || !end(after, pass)) return nullptr;
    }
    int type = pass.x.tensor.type;
    for (const Operand* o : {&pass.x, &pass.w, &pass.y})
        if (o->isVirtual || o->tensor.type != type) return nullptr;
    for (const auto& o : operations)
        for (const Operand* operand : flow(*o))
            if (!operand->isVirtual && operand->alignment % 16 != 0) return nullptr;
    return std::make_shared<Pass>(pass);
}
} // namespace

Status finalizeGraph(Backend& b) {
    TRY(require(reinterpret_cast<Handle*>(b.number(GRAPH_HANDLE))));
    const Operations& operations = b.parts.at(GRAPH_OPERATIONS);
    TRY(checkOperands(operations));
    b.pass = match(operations);
    return OK;
}

} // namespace simulator::dnn
