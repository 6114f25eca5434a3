"""Source adapters: one module a kind of system, all behind the interface in `recoup.sources.adapter`."""
