// Streams and events. Work that is queued runs only when something waits for it, or when other work that runs comes after
// it: a missing wait therefore shows as old or poisoned data, every time.
#include "state.h"
#include <algorithm>
#include <cstdint>

namespace simulator {

Stream* find(CUstream handle, CUresult& code) {
    Context* context = currentContext(code);
    if (context == nullptr) return nullptr;
    auto number = reinterpret_cast<std::uintptr_t>(handle);
    if (number == 0 || number == LEGACY_STREAM) return context->standard;
    if (number == PER_THREAD_STREAM) {
        code = refuse(NOT_SUPPORTED, "the default stream of each thread is not simulated");
        return nullptr;
    }
    if (!alive(handle)) {
        code = refuse(INVALID_HANDLE, "this stream does not exist, or was destroyed");
        return nullptr;
    }
    if (handle->context != context) {
        code = refuse(INVALID_HANDLE, "this stream belongs to another context than the current one");
        return nullptr;
    }
    return handle;
}

CUresult requireStream(CUstream stream) {
    CUresult code = SUCCESS;
    find(stream, code);
    return code;
}

void enqueue(Stream* stream, const WorkPointer& work) {
    work->stream = stream;
    auto follow = [&](const Stream* other) {
        if (other->last && !other->last->done) work->after.push_back(other->last);
    };
    Context* context = stream->context;
    if (stream == context->standard) {
        for (Stream* other : living<Stream>())
            if (other->context == context && other != stream && !(other->flags & STREAM_NON_BLOCKING)) follow(other);
    } else if (!(stream->flags & STREAM_NON_BLOCKING)) {
        follow(context->standard);
    }
    stream->queue.push_back(work);
    stream->last = work;
}

void execute(Context* context, const Work& work) {
    if (context->lost != SUCCESS || !work.run) return;
    Call call(work.what.c_str());
    if (work.module != nullptr && !alive(work.module)) {
        context->lost = refuse(ILLEGAL_ADDRESS, "the module of this kernel was unloaded");
        return;
    }
    for (const Access& access : work.accesses) {
        if (requireAccess(access, ILLEGAL_ADDRESS) == SUCCESS) continue;
        context->lost = ILLEGAL_ADDRESS;
        return;
    }
    if (CUresult code = misfortune(work.what)) {
        context->lost = refuse(code, "as VOLUTA_CUDA_SIMULATOR_FAULT asks for");
        return;
    }
    const void* fault = nullptr;
    if (!guarded(work.run, fault))
        context->lost = refuse(ILLEGAL_ADDRESS, "it touched %p, where no live memory is: %s", fault, describeFault(fault).c_str());
}

void complete(const WorkPointer& work) {
    while (work && !work->done) {
        Stream* stream = work->stream;
        WorkPointer front = stream->queue.front();
        stream->queue.pop_front();
        for (const WorkPointer& before : front->after) complete(before);
        execute(stream->context, *front);
        front->done = true;
        front->ended = std::chrono::steady_clock::now();
        front->run = nullptr;
        front->after.clear();
    }
}

bool anyPending(const std::function<bool(const Work&)>& matches) {
    for (const Stream* stream : living<Stream>())
        for (const WorkPointer& work : stream->queue)
            if (matches(*work)) return true;
    return false;
}

CUresult submitWork(CUstream handle, const WorkPointer& work) {
    CUresult code = SUCCESS;
    Stream* stream = find(handle, code);
    if (stream == nullptr) return code;
    if (stream->capture) {
        Capture& capture = *stream->capture;
        if (capture.invalid) return refuse(CAPTURE_INVALIDATED, "the capture failed before");
        auto node = std::make_shared<GraphNode>();
        node->work = *work;
        node->after = stream->heads;
        capture.graph->nodes.push_back(node);
        stream->heads = {capture.graph->nodes.size() - 1};
        return SUCCESS;
    }
    for (const auto& capture : captures()) {
        if (stream != stream->context->standard || capture->origin->context != stream->context) continue;
        if (capture->origin->flags & STREAM_NON_BLOCKING) continue;
        capture->invalid = true;
        return refuse(CAPTURE_IMPLICIT, "work on the default stream would wait for a blocking stream that captures");
    }
    enqueue(stream, work);
    return SUCCESS;
}

CUresult submit(CUstream stream, const std::string& what, const std::vector<Access>& accesses, const std::function<void()>& work) {
    CUresult code = requireStream(stream);
    if (code != SUCCESS) return code;
    for (const Access& access : accesses)
        if ((code = requireAccess(access, ILLEGAL_ADDRESS)) != SUCCESS) return code;
    auto made = std::make_shared<Work>();
    made->what = what;
    made->accesses = accesses;
    made->run = work;
    return submitWork(stream, made);
}

CUresult finish(CUstream handle) {
    CUresult code = SUCCESS;
    Stream* stream = find(handle, code);
    if (stream == nullptr) return code;
    if (stream->capture) return invalidate(stream, "nobody can wait for a stream that captures");
    if (stream == stream->context->standard) { // waits for what the default stream would come after
        auto marker = std::make_shared<Work>();
        enqueue(stream, marker);
    }
    complete(stream->last);
    return checkRedZones(stream->context);
}

CUresult finishAll() {
    CUresult code = SUCCESS;
    Context* context = currentContext(code);
    if (context == nullptr) return code;
    for (Stream* stream : living<Stream>())
        if (stream->context == context) complete(stream->last);
    return checkRedZones(context);
}

void makeDefaultStream(Context* context) {
    context->standard = track(new Stream());
    context->standard->context = context;
    context->standard->id = newId();
}

void destroyStreams(Context* context) {
    std::vector<Stream*> own;
    for (Stream* stream : living<Stream>())
        if (stream->context == context) own.push_back(stream);
    for (Stream* stream : own) {
        if (stream->capture) forgetCapture(stream->capture);
        complete(stream->last);
    }
    for (Stream* stream : own) dispose(stream);
    std::vector<Event*> events;
    for (Event* event : living<Event>())
        if (event->context == context) events.push_back(event);
    for (Event* event : events) dispose(event);
}

} // namespace simulator

using namespace simulator;

EXPORTED CUresult cuStreamCreateWithPriority(CUstream* stream, unsigned flags, int priority) {
    Call call("cuStreamCreate");
    CUresult code = SUCCESS;
    Context* context = currentContext(code);
    if (context == nullptr) return code;
    if (stream == nullptr || flags > STREAM_NON_BLOCKING) return refuse(INVALID_VALUE, "flags are %u", flags);
    *stream = track(new Stream());
    (*stream)->context = context;
    (*stream)->flags = flags;
    (*stream)->priority = std::max(-5, std::min(0, priority));
    (*stream)->id = newId();
    return SUCCESS;
}

EXPORTED CUresult cuStreamCreate(CUstream* stream, unsigned flags) { return cuStreamCreateWithPriority(stream, flags, 0); }

EXPORTED CUresult cuStreamDestroy_v2(CUstream handle) {
    Call call("cuStreamDestroy");
    CUresult code = SUCCESS;
    Stream* stream = find(handle, code);
    if (stream == nullptr) return code;
    if (stream == stream->context->standard) return refuse(INVALID_HANDLE, "the default stream is not destroyed");
    if (stream->capture) return invalidate(stream, "a stream that captures cannot be destroyed");
    complete(stream->last);
    dispose(stream);
    return SUCCESS;
}

EXPORTED CUresult cuStreamSynchronize(CUstream stream) {
    Call call("cuStreamSynchronize");
    CUresult code = requireStream(stream);
    if (code == SUCCESS) code = requireNoCapture("nobody can wait for a stream");
    return code == SUCCESS ? finish(stream) : code;
}

/** Each question moves the stream on by one piece of work, so that asking in a loop ends. */
EXPORTED CUresult cuStreamQuery(CUstream handle) {
    Call call("cuStreamQuery");
    CUresult code = SUCCESS;
    Stream* stream = find(handle, code);
    if (stream == nullptr || (code = requireNoCapture("a stream cannot be asked"))) return code;
    if (stream->queue.empty()) return checkRedZones(stream->context);
    complete(WorkPointer(stream->queue.front()));
    return NOT_READY;
}

EXPORTED CUresult cuStreamGetFlags(CUstream handle, unsigned* flags) {
    Call call("cuStreamGetFlags");
    CUresult code = SUCCESS;
    Stream* stream = find(handle, code);
    if (stream != nullptr) *flags = stream->flags;
    return code;
}

EXPORTED CUresult cuStreamGetPriority(CUstream handle, int* priority) {
    Call call("cuStreamGetPriority");
    CUresult code = SUCCESS;
    Stream* stream = find(handle, code);
    if (stream != nullptr) *priority = stream->priority;
    return code;
}

EXPORTED CUresult cuStreamGetId(CUstream handle, unsigned long long* id) {
    Call call("cuStreamGetId");
    CUresult code = SUCCESS;
    Stream* stream = find(handle, code);
    if (stream != nullptr) *id = stream->id;
    return code;
}

EXPORTED CUresult cuStreamGetCtx(CUstream handle, CUcontext* context) {
    Call call("cuStreamGetCtx");
    CUresult code = SUCCESS;
    Stream* stream = find(handle, code);
    if (stream != nullptr) *context = stream->context;
    return code;
}

namespace {
Event* findEvent(CUevent event, CUresult& code) {
    Context* context = currentContext(code);
    if (context == nullptr) return nullptr;
    if (alive(event) && event->context == context) return event;
    code = refuse(INVALID_HANDLE, "this event does not exist, was destroyed, or belongs to another context");
    return nullptr;
}
} // namespace

EXPORTED CUresult cuStreamWaitEvent(CUstream handle, CUevent which, unsigned flags) {
    Call call("cuStreamWaitEvent");
    CUresult code = SUCCESS;
    Stream* stream = find(handle, code);
    Event* event = stream == nullptr ? nullptr : findEvent(which, code);
    if (event == nullptr) return code;
    if (flags > 1) return refuse(INVALID_VALUE, "flags are %u", flags);
    if (event->captured) {
        std::shared_ptr<Capture> capture = event->capture.lock();
        if (!capture) return refuse(CAPTURED_EVENT, "the event was recorded in a capture that has ended");
        if (!stream->capture) {
            if (stream == stream->context->standard) return invalidate(capture->origin, "the default stream cannot join a capture");
            stream->capture = capture;
            stream->heads.clear();
            capture->members.insert(stream);
        } else if (stream->capture != capture) {
            stream->capture->invalid = capture->invalid = true;
            return refuse(CAPTURE_MERGE, "the stream and the event belong to two captures");
        }
        stream->heads.insert(event->heads.begin(), event->heads.end());
        return SUCCESS;
    }
    if (stream->capture) {
        if (!event->recorded) return SUCCESS;
        stream->capture->invalid = true;
        return refuse(CAPTURE_ISOLATION, "the event was recorded outside of the capture");
    }
    if (!event->recorded || event->recorded->done) return SUCCESS;
    auto work = std::make_shared<Work>();
    work->what = "cuStreamWaitEvent";
    work->after.push_back(event->recorded);
    enqueue(stream, work);
    return SUCCESS;
}

EXPORTED CUresult cuEventCreate(CUevent* event, unsigned flags) {
    Call call("cuEventCreate");
    CUresult code = SUCCESS;
    Context* context = currentContext(code);
    if (context == nullptr) return code;
    if (event == nullptr || flags > 7) return refuse(INVALID_VALUE, "flags are %u", flags);
    *event = track(new Event());
    (*event)->context = context;
    (*event)->flags = flags;
    return SUCCESS;
}

EXPORTED CUresult cuEventDestroy_v2(CUevent handle) {
    Call call("cuEventDestroy");
    CUresult code = SUCCESS;
    Event* event = findEvent(handle, code);
    if (event != nullptr) dispose(event);
    return code;
}

EXPORTED CUresult cuEventRecord(CUevent handle, CUstream into) {
    Call call("cuEventRecord");
    CUresult code = SUCCESS;
    Event* event = findEvent(handle, code);
    Stream* stream = event == nullptr ? nullptr : find(into, code);
    if (stream == nullptr) return code;
    if (stream->capture) {
        if (stream->capture->invalid) return refuse(CAPTURE_INVALIDATED, "the capture failed before");
        event->captured = true;
        event->capture = stream->capture;
        event->heads = stream->heads;
        return SUCCESS;
    }
    auto work = std::make_shared<Work>();
    work->what = "cuEventRecord";
    code = submitWork(into, work);
    if (code != SUCCESS) return code;
    event->captured = false;
    event->recorded = work;
    return SUCCESS;
}

EXPORTED CUresult cuEventRecordWithFlags(CUevent event, CUstream stream, unsigned) { return cuEventRecord(event, stream); }

EXPORTED CUresult cuEventQuery(CUevent handle) {
    Call call("cuEventQuery");
    CUresult code = SUCCESS;
    Event* event = findEvent(handle, code);
    if (event == nullptr || (code = requireNoCapture("an event cannot be asked"))) return code;
    if (event->captured) return refuse(CAPTURED_EVENT, "the event was recorded in a capture");
    if (!event->recorded || event->recorded->done) return SUCCESS;
    complete(WorkPointer(event->recorded->stream->queue.front()));
    return NOT_READY;
}

EXPORTED CUresult cuEventSynchronize(CUevent handle) {
    Call call("cuEventSynchronize");
    CUresult code = SUCCESS;
    Event* event = findEvent(handle, code);
    if (event == nullptr || (code = requireNoCapture("nobody can wait for an event"))) return code;
    if (event->captured) return refuse(CAPTURED_EVENT, "the event was recorded in a capture");
    if (event->recorded) complete(event->recorded);
    return checkRedZones(event->context);
}

EXPORTED CUresult cuEventElapsedTime(float* milliseconds, CUevent from, CUevent to) {
    Call call("cuEventElapsedTime");
    CUresult code = SUCCESS;
    Event* start = findEvent(from, code);
    Event* end = start == nullptr ? nullptr : findEvent(to, code);
    if (end == nullptr) return code;
    if ((start->flags | end->flags) & EVENT_DISABLE_TIMING) return refuse(INVALID_HANDLE, "an event was made without timing");
    if (start->captured || end->captured) return refuse(CAPTURED_EVENT, "an event was recorded in a capture");
    if (!start->recorded || !end->recorded) return refuse(INVALID_HANDLE, "an event was never recorded");
    if (!start->recorded->done || !end->recorded->done) return NOT_READY;
    *milliseconds = std::chrono::duration<float, std::milli>(end->recorded->ended - start->recorded->ended).count();
    return SUCCESS;
}
