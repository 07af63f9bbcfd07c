// The map of the queue. A page of its own bundle: Leaflet comes only where a map is.
import { startQueueMap } from "./console/queue_map.js";

startQueueMap();
