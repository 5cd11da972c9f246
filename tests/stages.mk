# The tests' part of the Makefile. What a stage does is in tests/run_stages.py.
.PHONY: test lint unit build docs sanity molecule fuzz scenario scenarios crash lab-validate matrix test-venv
VERB ?= test

test-venv:
	@python3 -m lab.venv run test

test: test-venv ## everything: lint, unit, build, docs, sanity, a bundle, Molecule; seconds and counts at the end
	@$(PYTHON) tests/run_stages.py

lint unit build docs sanity molecule: test-venv
	@$(PYTHON) tests/run_stages.py $@
# What `make help` says of them.
lint: ## ruff, mypy --strict, yamllint, ansible-lint, antsibull-changelog
unit: ## the unit tests, with branch coverage of module_utils
build: ## build the collection, install it offline, check it there
docs: ## the site of the documentation, every link of it checked: tests/output/docs/site/index.html
sanity: ## ansible-test sanity, in a copy of the checkout
molecule: ## the scenarios of `make test`, each on a lab of its own, with a table of them: SCENARIOS="docker flannel", or all, for others

fuzz: test-venv ## the property tests with EXAMPLES=10000 random examples each, instead of the few of `make unit`
	@KUBEWRIGHT_FUZZ=$(or $(EXAMPLES),10000) $(PYTHON) -m pytest tests/unit -m hypothesis -n $(or $(JOBS),2) --durations=5

scenario: test-venv ## one Molecule scenario: make scenario NAME=default, or one step of it: VERB=converge
	@$(PYTHON) tests/scenario.py $(NAME) $(VERB)

scenarios: test-venv ## the Molecule scenarios there are
	@$(PYTHON) tests/scenario.py

crash: venv ## kill site.yml at random moments and run it again: KILLS=10 SEED=1
	@$(PYTHON) tests/live/kill_site.py --kills $(or $(KILLS),10) --seed $(or $(SEED),1)

.PHONY: crash-phases
crash-phases: venv ## kill kubeadm init and join at every boundary and run them again: OPERATIONS="init join", NAME=, ARGS=--whole
	@$(PYTHON) tests/live/kill_phases.py --name $(if $(filter file,$(origin NAME)),kw-crash-phases,$(NAME)) \
		$(if $(OPERATIONS),--operations $(OPERATIONS)) $(ARGS)

lab-validate: venv ## show the generated documents to a real kubeadm: BINARIES=<folder that holds one, of whatever version>
	@$(PYTHON) tests/live/validate_documents.py --binaries $(or $(BINARIES),$(error BINARIES is not set; name a folder that holds a kubeadm))

matrix: ## what is known of each Kubernetes release, and how sure: MINOR=1.31 for one with sources, WRITE=1 into docs/versions.md
	@PYTHONPATH=collections python3 tests/matrix.py $(if $(MINOR),--minor $(MINOR)) $(if $(WRITE),--write)

.PHONY: awx awx-docs
awx: test-venv ## playbooks/awx.yml with the real modules of awx.awx (fetched once, 54 MB) against a fake of the controller's API
	@nice $(PYTHON) -m pytest tests/awx -v

awx-docs: venv ## write the tables of docs/awx.md and its JSON Schema anew, out of the playbook's data and specs
	@$(PYTHON) tests/awx_pages.py

.PHONY: tasks-budget role-docs preflight-vms
tasks-budget: venv ## how many tasks a run without changes executes on each host, against the budgets: NAME=, made where it is not there
	@$(PYTHON) tests/live/tasks_budget.py $(WISHES)

role-docs: venv ## write the tables of variables in the roles' READMEs anew, out of their argument_specs
	@$(PYTHON) tests/role_readmes.py

preflight-vms: venv ## two small virtual machines with four faults, all found by one preflight that changes nothing: NAME=, ARGS=--keep
	@$(PYTHON) tests/live/preflight_vms.py --name $(if $(filter file,$(origin NAME)),kubewright-preflight,$(NAME)) $(VM_WISHES) $(ARGS)

.PHONY: procedures
procedures: venv ## site.yml --check with each inventory of docs/procedures.md: INVENTORY= for one of them, ARGS=--keep, NAME=
	@$(PYTHON) tests/live/procedures.py --name $(if $(filter file,$(origin NAME)),kubewright-procedures,$(NAME)) \
		$(if $(INVENTORY),--inventory $(INVENTORY)) $(ARGS)

.PHONY: runner
runner: test-venv ## the playbooks through ansible-runner as AWX runs them, on a lab of its own, then a search for secrets: NAME=, ARGS=--keep
	@$(PYTHON) tests/live/runner.py --name $(if $(filter file,$(origin NAME)),kubewright-runner,$(NAME)) $(ARGS)

.PHONY: walk
walk: venv ## README's and the guides' own commands, one after another, as a new user runs them: ONLY=first, own or guides, NAME=, ARGS=--keep
	@$(PYTHON) tests/live/walk.py --name $(if $(filter file,$(origin NAME)),kubewright-walk,$(NAME)) $(if $(ONLY),--only $(ONLY)) $(ARGS)

.PHONY: release core-matrix
release: test-venv ## all that a release has to be, tried without publishing: dist/*.tar.gz, installed, a cluster with it. NAME=, ARGS=--keep or --no-lab
	@$(PYTHON) tests/release.py --name $(if $(filter file,$(origin NAME)),kw-release,$(NAME)) $(VM_WISHES) $(ARGS)

core-matrix: test-venv ## the unit tests and those of the installed collection on each ansible-core it is for: CORE=2.16 or CORE=2.21-3.12 for one
	@$(PYTHON) tests/core_matrix.py $(CORE)

.PHONY: report-screenshots
docs: report-screenshots
report-screenshots: test-venv ## look at report.html in a headless Chromium, 1 to 1,000 nodes, light and dark; before `make docs`; ARGS=--write for the pictures in docs/
	@PYTHONPATH=collections:. $(PYTHON) tests/report_pages.py $(ARGS)
