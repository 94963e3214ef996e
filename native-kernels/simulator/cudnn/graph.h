// cuDNN's graph interface as far as convolutions need it: descriptors that are bags of attributes, what they come to, and
// the engines that compute it.
#pragma once
#include "problem.h"
#include <map>
#include <memory>
#include <optional>

namespace simulator::dnn {

/** Kinds of descriptors. */
enum Kind {
    POINTWISE = 0,
    CONVOLUTION = 1,
    ENGINE = 2,
    ENGINE_CONFIG = 3,
    HEURISTICS = 4,
    PLAN = 5,
    CONVOLUTION_FORWARD = 10,
    CONVOLUTION_FILTER = 11,
    CONVOLUTION_DATA = 12,
    POINTWISE_OPERATION = 13,
    STATISTICS_OPERATION = 14,
    OPERATION_GRAPH = 15,
    VARIANT_PACK = 16,
    TENSOR = 17,
};

/** Types of attributes. */
enum AttributeType {
    TYPE_HANDLE = 0,
    TYPE_DATA_TYPE = 1,
    TYPE_BOOLEAN = 2,
    TYPE_INT64 = 3,
    TYPE_FLOAT = 4,
    TYPE_POINTER = 6,
    TYPE_CONVOLUTION_MODE = 7,
    TYPE_HEURISTIC = 8,
    TYPE_NUMERICAL_NOTE = 11,
    TYPE_POINTWISE_MODE = 14,
    TYPE_DESCRIPTOR = 15,
    TYPE_STATISTICS_MODE = 16,
    TYPE_BEHAVIOR_NOTE = 19,
};

/** Names of attributes that do not follow from the first one of their operation. */
enum AttributeName {
    POINTWISE_MODE = 0,
    POINTWISE_MATH = 1,
    CONVOLUTION_COMPUTE_TYPE = 100,
    CONVOLUTION_MODE = 101,
    CONVOLUTION_DILATIONS = 102,
    CONVOLUTION_STRIDES = 103,
    CONVOLUTION_POST_PADDINGS = 104,
    CONVOLUTION_PRE_PADDINGS = 105,
    CONVOLUTION_SPATIAL_DIMS = 106,
    HEURISTICS_MODE = 200,
    HEURISTICS_GRAPH = 201,
    HEURISTICS_RESULTS = 202,
    CONFIG_ENGINE = 300,
    PLAN_HANDLE = 400,
    PLAN_CONFIG = 401,
    PLAN_WORKSPACE = 402,
    FORWARD_ATTRIBUTES = 700,
    DATA_ATTRIBUTES = 706,
    FILTER_ATTRIBUTES = 712,
    OPERATION_POINTWISE = 750,
    OPERATION_X = 751,
    OPERATION_B = 752,
    OPERATION_Y = 753,
    STATISTICS_MODE = 770,
    STATISTICS_MATH = 771,
    STATISTICS_X = 772,
    STATISTICS_SUM = 773,
    STATISTICS_SQUARES = 774,
    GRAPH_HANDLE = 800,
    GRAPH_OPERATIONS = 801,
    TENSOR_ALIGNMENT = 900,
    TENSOR_TYPE = 901,
    TENSOR_DIMENSIONS = 902,
    TENSOR_STRIDES = 903,
    TENSOR_ID = 906,
    TENSOR_VIRTUAL = 907,
    PACK_IDS = 1000,
    PACK_POINTERS = 1001,
    PACK_WORKSPACE = 1003,
    ENGINE_INDEX = 1301,
    ENGINE_NUMERICAL_NOTES = 1303,
    ENGINE_BEHAVIOR_NOTES = 1305,
};

/** A convolution's attributes come in this order from the first one on; w, x and y are dw, dx and dy of a gradient. */
enum ConvolutionAttribute { ALPHA, BETA, DESCRIPTOR, OPERAND_W, OPERAND_X, OPERAND_Y };

constexpr int MODE_ADD = 0, MODE_RELU = 100;
constexpr int HEURISTIC_INSTANT = 0, HEURISTIC_B = 1, HEURISTIC_FALLBACK = 2, HEURISTIC_A = 3;

/** Memory that a graph names. */
struct Operand {
    std::int64_t id = 0;
    bool isVirtual = false;
    long alignment = 1;
    Tensor tensor;
};

/** What a graph computes, as far as there are engines for it. */
struct Pass {
    Direction direction = Direction::FORWARD;
    Problem problem;
    Scale scale;
    Operand x, w, y; // y of a fused pass is what the last operation writes
    std::optional<Operand> residual, bias;
    std::optional<Operand> sum, squares; // of y per channel; both or neither
    bool relu = false;
};

enum class Method { PLAIN, SCRATCH, UNORDERED, ROUNDED, WINOGRAD, UNUSABLE, COMPILED };

struct Engine {
    Method method = Method::PLAIN;
    std::int64_t index = 0;
    std::vector<std::int64_t> notes, behavior;
    std::size_t workspace = 0;
};

/** A descriptor. Those that it was given live on inside it, and do not change any more: they are finalized. */
struct Backend {
    explicit Backend(int kind) : kind(kind) {}

    int kind;
    bool finalized = false;
    std::map<int, std::vector<std::int64_t>> values; // numbers by their bits, by attribute
    std::map<int, std::vector<std::shared_ptr<const Backend>>> parts;

    Operand operand;                        // of a tensor
    std::shared_ptr<const Problem> problem; // of a convolution's operation
    std::shared_ptr<const Pass> pass;       // of a graph and what comes after it; null: no engine can do it
    std::vector<Engine> engines;            // of heuristics; of what comes after them, its one

    bool has(int attribute) const { return values.count(attribute) != 0 || parts.count(attribute) != 0; }
    std::int64_t number(int attribute) const { return values.at(attribute).at(0); }
    float real(int attribute) const;
    const Backend& part(int attribute) const { return *parts.at(attribute).at(0); }
    /** Numbers that were seen to fit. */
    std::vector<int> list(int attribute) const;
};

const char* kindName(int kind);

/** The first attribute of a convolution's operation, or -1 for other kinds. */
int firstAttribute(int kind);

/** What finalizing means for each kind, where all that is required was set. */
Status finalizeTensor(Backend& b);
Status finalizeConvolution(const Backend& b);
Status finalizeOperation(Backend& b);
Status finalizePointwise(const Backend& b);
Status finalizeStatistics(const Backend& b);
Status finalizeGraph(Backend& b);
Status finalizeHeuristics(Backend& b);
Status finalizePlan(Backend& b);
Status finalizePack(const Backend& b);

Status execute(Handle* handle, const Backend& plan, const Backend& pack);

} // namespace simulator::dnn
