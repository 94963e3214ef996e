package voluta.train;

import voluta.checkpoint.RunState;

/**
 * Where a run stands in its data.
 *
 * @param epoch the epoch that goes on or comes next, from 0
 * @param batch how many of its batches have been used; all of them if only its evaluation is missing
 * @param step steps done since the beginning of the run
 */
record Position(int epoch, int batch, long step) {
    static final Position START = new Position(0, 0, 0);

    static Position of(RunState run, int batchSize) {
        return new Position(
                Math.toIntExact(run.epoch()), Math.toIntExact(run.samplesIntoEpoch() / batchSize), run.step());
    }
}
