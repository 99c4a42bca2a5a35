// The chart of live metrics.
export {default as uPlot} from 'uplot';
