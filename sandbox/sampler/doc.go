// Package sampler measures the programs of a container that has no control group, by looking at its processes again and again.
// What it finds is approximate, see Sampler.
package sampler
