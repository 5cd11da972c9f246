# Kubewright. Variables are given on the command line: make cluster WORKERS=3 RUNTIME=docker
# Left out, a variable keeps what the lab of that NAME was made with, else takes the default named here.
NAME           ?= kubewright
SUPPLIER       ?=# auto (default): upstream if it answers, else debian; or upstream, debian, directory
VERSION        ?=# of Kubernetes; default: the supplier's. Several by comma: the first is deployed
CONTROL_PLANES ?=# default: 1
WORKERS        ?=# default: 2
RUNTIME        ?=# containerd (default) or docker
CNI            ?=# bridge (default), flannel, calico, none
BINARIES       ?=# folder of binaries, for SUPPLIER=directory
IMAGES         ?=# folder of image archives for the bundle, such as a pod network's
SUITE          ?=# Debian of the nodes; default: bookworm
LAB_USER       ?=# how ansible logs in: root (default), or admin, a sudoer with a password
INVENTORY      ?=# make nodes for every host of this inventory
ANSIBLE_ARGS   ?=# more arguments for ansible-playbook

PYTHON := .venv/bin/python
LAB    := $(PYTHON) -m lab
VM_WISHES = \
	$(if $(SUPPLIER),--supplier $(SUPPLIER)) \
	$(if $(VERSION),--version $(VERSION)) \
	$(if $(RUNTIME),--runtime $(RUNTIME)) \
	$(if $(CNI),--cni $(CNI)) \
	$(if $(BINARIES),--binaries $(BINARIES)) \
	$(if $(IMAGES),--images $(IMAGES)) \
	$(if $(SUITE),--suite $(SUITE)) \
	$(if $(LAB_USER),--user $(LAB_USER))
WISHES  = --name $(NAME) $(VM_WISHES) \
	$(if $(CONTROL_PLANES),--control-planes $(CONTROL_PLANES)) \
	$(if $(WORKERS),--workers $(WORKERS)) \
	$(if $(INVENTORY),--inventory $(INVENTORY))

.DEFAULT_GOAL := help
.PHONY: help cluster vm nodes bundle status show venv clean distclean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

cluster: nodes-with-bundle ## a real cluster on this machine: 1 control plane and 2 workers
	.venv/bin/ansible-playbook site.yml -i .lab/$(NAME)/inventory $(ANSIBLE_ARGS)
	@$(LAB) show --name $(NAME)

.PHONY: nodes-with-bundle
nodes-with-bundle: venv
	$(LAB) up $(WISHES)

vm: venv ## a cluster of one virtual machine, deployed, rebooted and looked at (NAME=kubewright-vm)
	@$(PYTHON) tests/live/vm.py --name $(if $(filter file,$(origin NAME)),kubewright-vm,$(NAME)) $(VM_WISHES) --ansible-args='$(ANSIBLE_ARGS)'

nodes: venv ## bare machines only: ssh, nothing of Kubernetes, no bundle
	$(LAB) nodes $(WISHES)
	@$(LAB) show --name $(NAME)

bundle: venv ## build the bundle only
	$(LAB) bundle $(WISHES)

status: venv ## what the lab is, as JSON
	@$(LAB) status --name $(NAME)

show: venv ## the cluster's nodes and how to use it
	@$(LAB) show --name $(NAME)

venv:
	@python3 -m lab.venv run

clean: venv ## remove this lab: nodes, volumes, network, its folder with the kubeconfig
	$(LAB) down --name $(NAME)

distclean: venv ## clean, then the cache, the images, the engine if the lab started it, and .venv
	$(LAB) purge --name $(NAME)
	rm -rf .venv

include tests/stages.mk
