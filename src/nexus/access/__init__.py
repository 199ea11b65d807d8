"""The one place that decides who may do what: require, visible, index_filter, explain."""
