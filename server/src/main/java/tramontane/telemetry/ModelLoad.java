package tramontane.telemetry;

import tramontane.backend.Occupancy;

/**
 * How busy a loaded model is.
 *
 * @param model its id
 */
public record ModelLoad(String model, Occupancy occupancy) {}
