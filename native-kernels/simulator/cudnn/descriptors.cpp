// Descriptors: made, set, read, and refused where the real library refuses them.
#include "library.h"
#include <set>

namespace simulator::dnn {

namespace {
template <class T> std::set<T*>& made() {
    static auto& all = *new std::set<T*>();
    return all;
}

template <class T> Status create(const char* call, T** descriptor) {
    Call now(call);
    if (descriptor == nullptr) return refuse(BAD_PARAM_NULL_POINTER, "nowhere to put the descriptor");
    *descriptor = new T();
    made<T>().insert(*descriptor);
    return OK;
}

template <class T> Status destroy(const char* call, T* descriptor) {
    Call now(call);
    if (descriptor == nullptr) return OK;
    if (made<T>().erase(descriptor) == 0) return refuse(BAD_PARAM, "this descriptor does not exist, or was destroyed before");
    delete descriptor;
    return OK;
}

template <class T> Status exists(T* descriptor, const char* name) {
    if (made<T>().count(descriptor) != 0) return OK;
    return refuse(BAD_PARAM, "%s is no live descriptor of this kind", name);
}

template <class T> Status requireSet(const T* descriptor, const char* name, bool set) {
    TRY(exists(const_cast<T*>(descriptor), name));
    return set ? OK : refuse(BAD_PARAM, "%s was never set", name);
}

bool knownType(int type) { return typeBytes(type) != 0; }

Status setTensor(Tensor* t, int type, const std::vector<int>& size, const std::vector<int>& stride) {
    TRY(exists(t, "the tensor"));
    if (!knownType(type)) return refuse(STATUS_NOT_SUPPORTED, "data type %d is not simulated (f32, bf16 and f16 are)", type);
    if (size.size() < 4 || size.size() > MAX_DIMENSIONS)
        return refuse(STATUS_NOT_SUPPORTED, "%zu dimensions; from 4 to %d are possible", size.size(), MAX_DIMENSIONS);
    for (std::size_t d = 0; d < size.size(); d++)
        if (size[d] <= 0 || stride[d] <= 0)
            return refuse(BAD_PARAM, "sizes %s with strides %s: all must be positive", text(size).c_str(), text(stride).c_str());
    Tensor next{type, size, stride};
    if (next.span() > (1L << 31) - 1) return refuse(STATUS_NOT_SUPPORTED, "a tensor of %ld elements", next.span());
    *t = next;
    return OK;
}

/** Strides of a packed tensor. */
std::vector<int> packed(const std::vector<int>& size, int format) {
    return Filter{FLOAT, format, size}.tensor().stride;
}

Status setFilter(Filter* f, int type, int format, const std::vector<int>& size) {
    TRY(exists(f, "the filter"));
    if (!knownType(type)) return refuse(STATUS_NOT_SUPPORTED, "data type %d is not simulated (f32, bf16 and f16 are)", type);
    if (format != NCHW && format != NHWC) return refuse(STATUS_NOT_SUPPORTED, "format %d is not simulated", format);
    if (size.size() < 3 || size.size() > MAX_DIMENSIONS || (format == NHWC && (size.size() < 4 || size.size() > 5)))
        return refuse(STATUS_NOT_SUPPORTED, "%zu dimensions", size.size());
    for (int s : size)
        if (s <= 0) return refuse(BAD_PARAM, "sizes %s: all must be positive", text(size).c_str());
    *f = Filter{type, format, size};
    return OK;
}

Status setConvolution(Convolution* c, std::vector<int> padding, std::vector<int> stride, std::vector<int> dilation, int mode, int type) {
    TRY(exists(c, "the convolution"));
    if (mode != 0 && mode != 1) return refuse(BAD_PARAM, "there is no mode %d", mode);
    if (type != FLOAT) return refuse(STATUS_NOT_SUPPORTED, "compute type %d is not simulated (f32 is)", type);
    for (std::size_t d = 0; d < padding.size(); d++)
        if (padding[d] < 0 || stride[d] <= 0 || dilation[d] <= 0)
            return refuse(BAD_PARAM, "padding %s, stride %s, dilation %s", text(padding).c_str(), text(stride).c_str(),
                          text(dilation).c_str());
    Convolution next = *c; // groups and math type stay
    next.padding = padding;
    next.stride = stride;
    next.dilation = dilation;
    next.mode = mode;
    next.computeType = type;
    *c = next;
    return OK;
}

Status setPooling(Pooling* p, int mode, int nan, std::vector<int> window, std::vector<int> padding, std::vector<int> stride) {
    TRY(exists(p, "the pooling"));
    if (mode < 0 || mode > 3 || nan < 0 || nan > 1) return refuse(BAD_PARAM, "mode %d, NaN propagation %d", mode, nan);
    for (std::size_t d = 0; d < window.size(); d++) {
        if (window[d] <= 0 || stride[d] <= 0 || padding[d] < 0)
            return refuse(BAD_PARAM, "window %s, padding %s, stride %s", text(window).c_str(), text(padding).c_str(),
                          text(stride).c_str());
        if (padding[d] >= window[d])
            return refuse(STATUS_NOT_SUPPORTED, "a padding of %d with a window of %d: it must be smaller", padding[d], window[d]);
    }
    *p = Pooling{mode, nan, window, padding, stride};
    return OK;
}

std::vector<int> list(const int* numbers, int count) {
    return numbers == nullptr || count < 0 || count > MAX_DIMENSIONS ? std::vector<int>() : std::vector<int>(numbers, numbers + count);
}

void give(const std::vector<int>& from, int* to, int most) {
    for (int i = 0; to != nullptr && i < most && i < static_cast<int>(from.size()); i++) to[i] = from[i];
}
} // namespace

template <> Status require(const Tensor* t, const char* name) { return requireSet(t, name, t && !t->size.empty()); }
template <> Status require(const Filter* f, const char* name) { return requireSet(f, name, f && !f->size.empty()); }
template <> Status require(const Convolution* c, const char* name) { return requireSet(c, name, c && !c->padding.empty()); }
template <> Status require(const Pooling* p, const char* name) { return requireSet(p, name, p && !p->window.empty()); }
template <> Status require(const Activation* a, const char* name) { return requireSet(a, name, a && a->mode >= 0); }
template <> Status require(const OpTensor* o, const char* name) { return requireSet(o, name, o && o->op >= 0); }
template <> Status require(const Reduce* r, const char* name) { return requireSet(r, name, r && r->op >= 0); }

} // namespace simulator::dnn

using namespace simulator;
using namespace simulator::dnn;

#define DESCRIPTOR(Name, Type)                                                                                           \
    EXPORTED Status cudnnCreate##Name##Descriptor(Type** d) { return create("cudnnCreate" #Name "Descriptor", d); }      \
    EXPORTED Status cudnnDestroy##Name##Descriptor(Type* d) { return destroy("cudnnDestroy" #Name "Descriptor", d); }

DESCRIPTOR(Tensor, Tensor)
DESCRIPTOR(Filter, Filter)
DESCRIPTOR(Convolution, Convolution)
DESCRIPTOR(Pooling, Pooling)
DESCRIPTOR(Activation, Activation)
DESCRIPTOR(OpTensor, OpTensor)
DESCRIPTOR(ReduceTensor, Reduce)

EXPORTED Status cudnnSetTensor4dDescriptor(Tensor* t, int format, int type, int n, int c, int h, int w) {
    Call call("cudnnSetTensor4dDescriptor");
    if (format != NCHW && format != NHWC) return refuse(STATUS_NOT_SUPPORTED, "format %d is not simulated", format);
    return setTensor(t, type, {n, c, h, w}, packed({n, c, h, w}, format));
}

EXPORTED Status cudnnSetTensor4dDescriptorEx(Tensor* t, int type, int n, int c, int h, int w, int nStride, int cStride, int hStride,
                                             int wStride) {
    Call call("cudnnSetTensor4dDescriptorEx");
    return setTensor(t, type, {n, c, h, w}, {nStride, cStride, hStride, wStride});
}

EXPORTED Status cudnnGetTensor4dDescriptor(const Tensor* t, int* type, int* n, int* c, int* h, int* w, int* nStride, int* cStride,
                                           int* hStride, int* wStride) {
    Call call("cudnnGetTensor4dDescriptor");
    TRY(require(t, "the tensor"));
    if (t->size.size() != 4) return refuse(BAD_PARAM, "the tensor has %zu dimensions", t->size.size());
    *type = t->type;
    int *sizes[] = {n, c, h, w}, *strides[] = {nStride, cStride, hStride, wStride};
    for (int d = 0; d < 4; d++) *sizes[d] = t->size[d], *strides[d] = t->stride[d];
    return OK;
}

EXPORTED Status cudnnSetTensorNdDescriptor(Tensor* t, int type, int dimensions, const int* size, const int* stride) {
    Call call("cudnnSetTensorNdDescriptor");
    return setTensor(t, type, list(size, dimensions), list(stride, dimensions));
}

EXPORTED Status cudnnSetTensorNdDescriptorEx(Tensor* t, int format, int type, int dimensions, const int* size) {
    Call call("cudnnSetTensorNdDescriptorEx");
    if (format != NCHW && format != NHWC) return refuse(STATUS_NOT_SUPPORTED, "format %d is not simulated", format);
    std::vector<int> sizes = list(size, dimensions);
    if (sizes.size() < 2) return refuse(STATUS_NOT_SUPPORTED, "%d dimensions", dimensions);
    return setTensor(t, type, sizes, packed(sizes, format));
}

EXPORTED Status cudnnGetTensorNdDescriptor(const Tensor* t, int asked, int* type, int* dimensions, int* size, int* stride) {
    Call call("cudnnGetTensorNdDescriptor");
    TRY(require(t, "the tensor"));
    *type = t->type;
    *dimensions = static_cast<int>(t->size.size());
    give(t->size, size, asked);
    give(t->stride, stride, asked);
    return OK;
}

EXPORTED Status cudnnGetTensorSizeInBytes(const Tensor* t, std::size_t* bytes) {
    Call call("cudnnGetTensorSizeInBytes");
    TRY(require(t, "the tensor"));
    *bytes = t->bytes();
    return OK;
}

EXPORTED Status cudnnSetFilter4dDescriptor(Filter* f, int type, int format, int k, int c, int h, int w) {
    Call call("cudnnSetFilter4dDescriptor");
    return setFilter(f, type, format, {k, c, h, w});
}

EXPORTED Status cudnnSetFilterNdDescriptor(Filter* f, int type, int format, int dimensions, const int* size) {
    Call call("cudnnSetFilterNdDescriptor");
    return setFilter(f, type, format, list(size, dimensions));
}

EXPORTED Status cudnnGetFilterNdDescriptor(const Filter* f, int asked, int* type, int* format, int* dimensions, int* size) {
    Call call("cudnnGetFilterNdDescriptor");
    TRY(require(f, "the filter"));
    *type = f->type;
    *format = f->format;
    *dimensions = static_cast<int>(f->size.size());
    give(f->size, size, asked);
    return OK;
}

EXPORTED Status cudnnGetFilterSizeInBytes(const Filter* f, std::size_t* bytes) {
    Call call("cudnnGetFilterSizeInBytes");
    TRY(require(f, "the filter"));
    *bytes = f->tensor().bytes();
    return OK;
}

EXPORTED Status cudnnSetConvolution2dDescriptor(Convolution* c, int padH, int padW, int strideH, int strideW, int dilationH,
                                                int dilationW, int mode, int type) {
    Call call("cudnnSetConvolution2dDescriptor");
    return setConvolution(c, {padH, padW}, {strideH, strideW}, {dilationH, dilationW}, mode, type);
}

EXPORTED Status cudnnSetConvolutionNdDescriptor(Convolution* c, int length, const int* padding, const int* stride,
                                                const int* dilation, int mode, int type) {
    Call call("cudnnSetConvolutionNdDescriptor");
    if (length < 1 || length > MAX_DIMENSIONS - 2 || padding == nullptr || stride == nullptr || dilation == nullptr)
        return refuse(length > MAX_DIMENSIONS - 2 ? STATUS_NOT_SUPPORTED : BAD_PARAM, "%d spatial dimensions", length);
    return setConvolution(c, list(padding, length), list(stride, length), list(dilation, length), mode, type);
}

EXPORTED Status cudnnGetConvolutionNdDescriptor(const Convolution* c, int asked, int* length, int* padding, int* stride,
                                                int* dilation, int* mode, int* type) {
    Call call("cudnnGetConvolutionNdDescriptor");
    TRY(require(c, "the convolution"));
    *length = static_cast<int>(c->padding.size());
    give(c->padding, padding, asked);
    give(c->stride, stride, asked);
    give(c->dilation, dilation, asked);
    *mode = c->mode;
    *type = c->computeType;
    return OK;
}

EXPORTED Status cudnnSetConvolutionGroupCount(Convolution* c, int groups) {
    Call call("cudnnSetConvolutionGroupCount");
    TRY(exists(c, "the convolution"));
    if (groups < 1) return refuse(BAD_PARAM, "%d groups", groups);
    c->groups = groups;
    return OK;
}

EXPORTED Status cudnnGetConvolutionGroupCount(Convolution* c, int* groups) {
    Call call("cudnnGetConvolutionGroupCount");
    TRY(exists(c, "the convolution"));
    *groups = c->groups;
    return OK;
}

EXPORTED Status cudnnSetConvolutionMathType(Convolution* c, int mathType) {
    Call call("cudnnSetConvolutionMathType");
    TRY(exists(c, "the convolution"));
    if (mathType < 0 || mathType > 3) return refuse(BAD_PARAM, "there is no math type %d", mathType);
    c->mathType = mathType;
    return OK;
}

EXPORTED Status cudnnGetConvolutionMathType(Convolution* c, int* mathType) {
    Call call("cudnnGetConvolutionMathType");
    TRY(exists(c, "the convolution"));
    *mathType = c->mathType;
    return OK;
}

EXPORTED Status cudnnSetConvolutionReorderType(Convolution* c, int reorder) {
    Call call("cudnnSetConvolutionReorderType");
    TRY(exists(c, "the convolution"));
    c->reorder = reorder;
    return OK;
}

EXPORTED Status cudnnGetConvolutionReorderType(Convolution* c, int* reorder) {
    Call call("cudnnGetConvolutionReorderType");
    TRY(exists(c, "the convolution"));
    *reorder = c->reorder;
    return OK;
}

EXPORTED Status cudnnSetPooling2dDescriptor(Pooling* p, int mode, int nan, int windowH, int windowW, int padH, int padW, int strideH,
                                            int strideW) {
    Call call("cudnnSetPooling2dDescriptor");
    return setPooling(p, mode, nan, {windowH, windowW}, {padH, padW}, {strideH, strideW});
}

EXPORTED Status cudnnSetPoolingNdDescriptor(Pooling* p, int mode, int nan, int length, const int* window, const int* padding,
                                            const int* stride) {
    Call call("cudnnSetPoolingNdDescriptor");
    if (length < 1 || length > MAX_DIMENSIONS - 2) return refuse(STATUS_NOT_SUPPORTED, "%d spatial dimensions", length);
    return setPooling(p, mode, nan, list(window, length), list(padding, length), list(stride, length));
}

EXPORTED Status cudnnSetActivationDescriptor(Activation* a, int mode, int nan, double coefficient) {
    Call call("cudnnSetActivationDescriptor");
    TRY(exists(a, "the activation"));
    if (mode < 0 || mode > 6 || nan < 0 || nan > 1) return refuse(BAD_PARAM, "mode %d, NaN propagation %d", mode, nan);
    *a = Activation{mode, nan, coefficient, a->swishBeta};
    return OK;
}

EXPORTED Status cudnnGetActivationDescriptor(const Activation* a, int* mode, int* nan, double* coefficient) {
    Call call("cudnnGetActivationDescriptor");
    TRY(require(a, "the activation"));
    *mode = a->mode;
    *nan = a->nan;
    *coefficient = a->coefficient;
    return OK;
}

EXPORTED Status cudnnSetActivationDescriptorSwishBeta(Activation* a, double beta) {
    Call call("cudnnSetActivationDescriptorSwishBeta");
    TRY(exists(a, "the activation"));
    a->swishBeta = beta;
    return OK;
}

EXPORTED Status cudnnSetOpTensorDescriptor(OpTensor* o, int op, int type, int nan) {
    Call call("cudnnSetOpTensorDescriptor");
    TRY(exists(o, "the operation"));
    if (op < 0 || op > 5 || type != FLOAT) return refuse(BAD_PARAM, "operation %d in type %d", op, type);
    *o = OpTensor{op, type, nan};
    return OK;
}

EXPORTED Status cudnnSetReduceTensorDescriptor(Reduce* r, int op, int type, int nan, int indices, int indicesType) {
    Call call("cudnnSetReduceTensorDescriptor");
    TRY(exists(r, "the reduction"));
    if (op < 0 || op > 8 || type != FLOAT) return refuse(BAD_PARAM, "reduction %d in type %d", op, type);
    if (indices != 0) return refuse(STATUS_NOT_SUPPORTED, "indices of a reduction are not simulated");
    *r = Reduce{op, type, nan, indices, indicesType};
    return OK;
}
