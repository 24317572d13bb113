#!/bin/sh
# Sweeps a scenario in an array of four jobs, and puts together what they find:
#
#   jobs=$(sbatch --parsable slurm-sweep.sh)
#   sbatch --dependency=afterany:$jobs slurm-merge.sh
#
#SBATCH --job-name=failover-sweep
#SBATCH --array=1-4
#SBATCH --output=shard-%a.log

nodedown sweep "${SCENARIO:-scenarios/chat-failover.json}" --seeds "${SEEDS:-1..1000}" \
    --jobs "${SLURM_CPUS_ON_NODE:-1}" --out "shard-$SLURM_ARRAY_TASK_ID.json"
