#!/bin/sh
# Puts together what the jobs of slurm-sweep.sh have found.
#
#SBATCH --job-name=failover-merge
#SBATCH --output=failover.log

nodedown merge shard-*.json --junit junit.xml
