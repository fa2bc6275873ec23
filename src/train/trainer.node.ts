/** A thread that trains, so that the one that shows progress stays free. */
export {}
